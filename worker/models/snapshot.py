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
    """One picture in a snapshot, as it was labelled then."""

    snapshot = models.ForeignKey(DatasetSnapshot, on_delete=models.CASCADE, related_name="items")
    image = models.ForeignKey(Image, null=True, on_delete=models.SET_NULL)
    sha256 = models.CharField(max_length=64)
    label = models.CharField(max_length=10, choices=[(v.value, v.value) for v in Label])
    gold = models.BooleanField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["snapshot", "sha256"], name="once_per_snapshot")
        ]
