"""The versions of the detector, where each stands in its life, and who moved it there."""

from typing import Any, ClassVar, NoReturn

from django.db import models
from django.db.models import Q


class ModelVersion(models.Model):
    """One bundle that the site knows, by the number that people say.

    candidate → shadow → production → archived; candidate or shadow → rejected. A version in
    ``shadow`` judges the same pictures as production, and nobody is shown what it says.
    ``classifier.services`` says which moves there are.
    """

    class State(models.TextChoices):
        CANDIDATE = "candidate"
        SHADOW = "shadow"
        PRODUCTION = "production"
        ARCHIVED = "archived"
        REJECTED = "rejected"

    # What these say was never anybody's answer to a picture, and nobody is shown it.
    SILENT = (State.CANDIDATE, State.SHADOW, State.REJECTED)

    number = models.PositiveIntegerField(unique=True)
    digest = models.CharField(max_length=64, unique=True, help_text="sha256 of bundle.json")
    backbone_digest = models.CharField(max_length=64, db_index=True)
    head_digest = models.CharField(
        max_length=64, blank=True, help_text="sha256 of the head; two versions may share it"
    )
    state = models.CharField(max_length=12, choices=State, default=State.CANDIDATE)
    reference = models.CharField(max_length=200, help_text="where the registry keeps the bundle")
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT)
    thresholds = models.JSONField(default=dict)
    metrics = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    promoted_at = models.DateTimeField(null=True, blank=True)
    taken_back = models.CharField(
        max_length=500,
        blank=True,
        help_text="why it stopped answering before its time; nothing promotes it again by itself",
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["-number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["state"],
                condition=Q(state="production"),
                name="one_version_in_production",
            ),
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="shadow"), name="one_version_in_shadow"
            ),
        ]

    def __str__(self) -> str:
        return f"version {self.number}"


class AppendOnly(models.QuerySet["VersionChange"]):
    """Rows that are written once."""

    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError("What happened to a version is written down once and never changed.")

    def delete(self) -> NoReturn:
        raise TypeError("What happened to a version is never deleted.")


class VersionChange(models.Model):
    """One step in the life of a version: who, when, why. Appended, never changed.

    ``by`` is the account's name as it was then, so that the row outlives the account; empty where
    the site acted by itself.
    """

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="changes")
    before = models.CharField(max_length=12, choices=ModelVersion.State, blank=True)
    after = models.CharField(max_length=12, choices=ModelVersion.State)
    by = models.CharField(max_length=150, blank=True)
    reason = models.CharField(max_length=500)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AppendOnly.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.version}: {self.before or 'nothing'} → {self.after}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("What happened to a version is written down once and never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("What happened to a version is never deleted.")
