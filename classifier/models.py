"""The versions of the detector and where each stands in its life."""

from typing import ClassVar

from django.db import models
from django.db.models import Q


class ModelVersion(models.Model):
    """One bundle that the site knows, by the number that people say.

    candidate → production → archived, or candidate → rejected. ``shadow`` is reserved for
    versions that predict beside production without being shown.
    """

    class State(models.TextChoices):
        CANDIDATE = "candidate"
        SHADOW = "shadow"
        PRODUCTION = "production"
        ARCHIVED = "archived"
        REJECTED = "rejected"

    number = models.PositiveIntegerField(unique=True)
    digest = models.CharField(max_length=64, unique=True, help_text="sha256 of bundle.json")
    backbone_digest = models.CharField(max_length=64, db_index=True)
    state = models.CharField(max_length=12, choices=State, default=State.CANDIDATE)
    reference = models.CharField(max_length=200, help_text="where the registry keeps the bundle")
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT)
    thresholds = models.JSONField(default=dict)
    metrics = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    promoted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["state"],
                condition=Q(state="production"),
                name="one_version_in_production",
            )
        ]

    def __str__(self) -> str:
        return f"version {self.number}"
