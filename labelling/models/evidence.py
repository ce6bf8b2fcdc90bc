from typing import ClassVar

from django.db import models

from classifier.detector.provenance import Kind, Says
from classifier.detector.provenance.clue import (
    LONGEST_NAME,
    LONGEST_PLACE,
    LONGEST_PROMPT,
    LONGEST_SENTENCE,
)
from labelling.models.image import Image

KINDS = {
    Kind.CREDENTIALS: "Credentials",
    Kind.SOURCE_TYPE: "Source type",
    Kind.GENERATOR: "Generator",
    Kind.CAMERA: "Camera",
}


class Evidence(models.Model):
    """One clue that a picture's file gives of its origin. It belongs to the bytes, so to the image.

    No version of the detector has a part in it, and it has no part in any score.
    """

    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="evidence")
    place = models.PositiveSmallIntegerField(help_text="the strongest kind comes first")
    kind = models.CharField(max_length=20, choices=[(kind.value, KINDS[kind]) for kind in Kind])
    says = models.CharField(max_length=10, choices=[(says.value, says.value) for says in Says])
    tool = models.CharField(max_length=LONGEST_NAME, blank=True)
    where = models.CharField(max_length=LONGEST_PLACE)
    verified = models.BooleanField(help_text="a signature fits the picture; else declared")
    sentence = models.CharField(max_length=LONGEST_SENTENCE)
    prompt = models.CharField(max_length=LONGEST_PROMPT, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["place"]
        verbose_name_plural = "evidence"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["image", "place"], name="one_clue_in_each_place")
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.says}, {'verified' if self.verified else 'declared'}"
