"""The labels that a training saw, frozen."""

from typing import ClassVar

from django.db import models
from django.urls import reverse

from classifier.vocabulary import Label
from labelling.models import Image


class DatasetSnapshot(models.Model):
    """The labels that a training saw, frozen: a manifest in the storage under its digest."""

    digest = models.CharField(max_length=64, unique=True, help_text="sha256 of the manifest")
    manifest = models.CharField(max_length=200, help_text="name in the storage")
    ai = models.PositiveIntegerField()
    human = models.PositiveIntegerField()
    gold = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at"]

    def __str__(self) -> str:
        return f"snapshot {self.digest[:12]}"

    def get_absolute_url(self) -> str:
        return reverse("snapshot", args=[self.digest])


class SnapshotItem(models.Model):
    """One picture in a snapshot, as it was labelled then: the manifest's line, to ask about.

    A picture that is deleted leaves its line behind, with ``deleted_at``; the manifest itself
    never changes.
    """

    class Use(models.TextChoices):
        TRAIN = "train", "trains"
        GOLD = "gold", "measures"
        AUDIT = "audit", "audits"
        REGRESSION = "regression", "guards"
        LEFT_OUT = "left_out", "left out"

    snapshot = models.ForeignKey(DatasetSnapshot, on_delete=models.CASCADE, related_name="items")
    image = models.ForeignKey(Image, null=True, on_delete=models.SET_NULL)
    sha256 = models.CharField(max_length=64)
    label = models.CharField(max_length=10, choices=[(v.value, v.value) for v in Label])
    use = models.CharField(max_length=10, choices=Use)
    why = models.CharField(max_length=200, blank=True, help_text="why it was left out, if it was")
    group = models.CharField(max_length=64, help_text="sha256 of the oldest of its near twins")
    source = models.CharField(max_length=20, blank=True, help_text="how it came in first")
    review_ids = models.JSONField(default=list, help_text="the votes that the label stands on")
    deleted_at = models.DateTimeField(null=True, blank=True, help_text="when the picture was")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["snapshot", "sha256"], name="once_per_snapshot")
        ]
        indexes: ClassVar[list[models.Index]] = [
            # Which versions saw this picture, asked also of one that is gone.
            models.Index(fields=["sha256"], name="snapshot_item_sha256")
        ]

    def __str__(self) -> str:
        return f"{self.sha256[:12]}, {self.label}, {self.use}"

    @property
    def gold(self) -> bool:
        return self.use == self.Use.GOLD
