from typing import ClassVar

import numpy as np
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from classifier.models import ModelVersion
from classifier.vocabulary import Verdict
from labelling.models.image import Image

FLOAT32 = np.dtype("<f4")  # of a stored vector, on every machine
# Said before people settled the picture. What a version says afterwards, when it judges the whole
# stock anew, is no news of how it does: it may have learned from it.
BEFORE_SETTLED = Q(created_at__lte=F("image__label__settled_at"))
VERDICTS = [(verdict.value, verdict.value) for verdict in Verdict]


class PredictionQuerySet(models.QuerySet["Prediction"]):
    def spoken(self) -> "PredictionQuerySet":
        """What people may be shown: said by a version that answers, or that once did."""
        return self.exclude(version__state__in=ModelVersion.SILENT)


class Prediction(models.Model):
    """What one version of the detector said of one picture; written once."""

    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="predictions")
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="predictions")
    probability_ai = models.FloatField(
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text="calibrated, always of AI",
    )
    logit = models.FloatField(help_text="the head's output; positive means AI")
    verdict = models.CharField(max_length=10, choices=VERDICTS)
    reasons = models.JSONField(
        default=list, blank=True, help_text="codes that say why the verdict is uncertain"
    )
    priority = models.FloatField(
        default=0.0, help_text="how much a person's answer would teach, 0 to 1; the queue's order"
    )
    novelty = models.FloatField(
        null=True,
        blank=True,
        help_text="distance from what the version learned from, 1 where it ceases to answer",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PredictionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at"]
        indexes: ClassVar[list[models.Index]] = [
            # The queue reads the head of this, however many pictures there are.
            models.Index(fields=["version", "-priority"], name="prediction_to_ask"),
            models.Index(fields=["created_at"], name="prediction_by_time"),
            # The newest that one version said, which drift looks at.
            models.Index(fields=["version", "created_at"], name="prediction_of_version"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["image", "version"], name="one_prediction_per_version"),
            models.CheckConstraint(
                condition=Q(probability_ai__gte=0, probability_ai__lte=1),
                name="probability_between_0_and_1",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verdict} ({self.probability_ai:.2f})"


class Embedding(models.Model):
    """What the backbone saw in a picture: the mean over its crops, as little-endian float32."""

    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="embeddings")
    backbone_digest = models.CharField(max_length=64)
    vector = models.BinaryField()
    disagreement = models.FloatField(
        null=True,
        blank=True,
        help_text="how far the crops' log-odds spread when the backbone saw them; "
        "empty for a single crop and for rows from before it was measured",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["image", "backbone_digest"], name="one_embedding_per_backbone"
            )
        ]
