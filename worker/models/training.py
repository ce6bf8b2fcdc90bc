"""One retraining, from the request to its outcome."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from classifier.models import ModelVersion
from worker.models.snapshot import DatasetSnapshot


class TrainingRun(models.Model):
    """One retraining, from the request to its outcome.

    queued → running → promoted | rejected | failed; or skipped at once, with the reason in words.
    The partial unique constraint is the lock: at most one run is queued or running.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        PROMOTED = "promoted"
        REJECTED = "rejected"
        SKIPPED = "skipped"
        FAILED = "failed"

    ACTIVE = (State.QUEUED, State.RUNNING)

    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )
    progress = models.FloatField(default=0.0, help_text="0 to 1")
    step = models.CharField(max_length=120, blank=True, help_text="what it does now, in words")
    outcome = models.CharField(max_length=500, blank=True, help_text="one sentence for people")
    gate = models.JSONField(default=list, help_text="the gate's table: measure, before, after, ok")
    parent = models.ForeignKey(
        ModelVersion, null=True, on_delete=models.PROTECT, related_name="trained_into"
    )
    snapshot = models.ForeignKey(
        DatasetSnapshot, null=True, on_delete=models.PROTECT, related_name="runs"
    )
    version = models.OneToOneField(
        ModelVersion, null=True, on_delete=models.PROTECT, related_name="training_run"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, help_text="when it was last put on the queue")
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                models.Value(1),
                condition=Q(state__in=["queued", "running"]),
                name="one_training_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"training {self.pk}"

    @property
    def is_active(self) -> bool:
        return self.state in self.ACTIVE

    @property
    def percent(self) -> int:
        return round(100 * self.progress)
