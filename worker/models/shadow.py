"""A challenger beside the champion: both judge the same pictures, people see the champion."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from classifier.models import ModelVersion
from classifier.vocabulary import Verdict
from labelling.models import Image

VERDICTS = [(verdict.value, verdict.value) for verdict in Verdict]


class ShadowTrial(models.Model):
    """One challenger's time in shadow, from its start to the sentence that ends it.

    running → passed | refused | overtaken (another version made the comparison pointless). The
    figures are counted from the trial's pairs each time that it goes on.
    """

    class State(models.TextChoices):
        RUNNING = "running"
        PASSED = "passed"
        REFUSED = "refused"
        OVERTAKEN = "overtaken"

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="trials")
    champion = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    wanted = models.PositiveIntegerField(help_text="pictures to compare")
    compared = models.PositiveIntegerField(default=0)
    agreed = models.PositiveIntegerField(default=0, help_text="pictures with the same verdict")
    flips = models.PositiveIntegerField(default=0, help_text="AI instead of human or the reverse")
    mean_difference = models.FloatField(
        default=0.0, help_text="mean distance of the two probabilities"
    )
    better = models.PositiveIntegerField(
        default=0, help_text="settled pictures on which only the challenger was right"
    )
    worse = models.PositiveIntegerField(
        default=0, help_text="settled pictures on which only the champion was right"
    )
    outcome = models.CharField(max_length=500, blank=True, help_text="one sentence for people")
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-started_at", "-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="running"), name="one_trial_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"trial of {self.version} beside {self.champion}"

    @property
    def percent(self) -> int:
        return min(100, round(100 * self.compared / self.wanted)) if self.wanted else 100


class ShadowPair(models.Model):
    """What both said of one picture. Apart from the predictions, so that no page can show it."""

    trial = models.ForeignKey(ShadowTrial, on_delete=models.CASCADE, related_name="pairs")
    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="+")
    champion_verdict = models.CharField(max_length=10, choices=VERDICTS)
    champion_probability = models.FloatField(help_text="of AI, calibrated")
    verdict = models.CharField(max_length=10, choices=VERDICTS)
    probability = models.FloatField(help_text="of AI, calibrated")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["trial", "image"], name="one_pair_per_picture")
        ]
