"""One retraining, from the request to its outcome."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from classifier.models import ModelVersion
from worker.models.snapshot import DatasetSnapshot


class Kind(models.TextChoices):
    """What learns: the head on stored embeddings, or the network on pictures."""

    REFIT = "refit", "refit the head (seconds)"
    FINE_TUNE = "fine-tune", "fine-tune the network (minutes to hours)"


class Trigger(models.TextChoices):
    """Why a retraining was asked for: a person, or a rule of a policy."""

    PERSON = "person", "a person"
    COMMAND = "command", "the command line"
    LABELS = "labels", "new labels"
    SCHEDULE = "schedule", "the schedule"
    DRIFT = "drift", "a drift alert"
    ACCURACY = "accuracy", "accuracy below the floor"


class RunQuerySet(models.QuerySet["TrainingRun"]):
    def held(self, run: "TrainingRun") -> "RunQuerySet":
        """The row, while whoever claimed this attempt may still write to it.

        It is empty once the run ended, was given to another worker, or is to be cancelled. Each
        write of a trainer goes through here, so one that was taken for dead changes nothing more.
        """
        return self.filter(
            pk=run.pk,
            state=TrainingRun.State.RUNNING,
            attempts=run.attempts,
            cancel_asked_at__isnull=True,
        )


class TrainingRun(models.Model):
    """One retraining, from the request to its outcome.

    queued → running → promoted | rejected | failed | cancelled; or skipped at once, with the reason
    in words. A run whose worker died goes back to queued, with one more of its ``attempts`` used.
    The partial unique constraint is the lock: at most one run is queued or running.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        SHADOW = "shadow"  # trained; its version is now compared on the site's own pictures
        PROMOTED = "promoted"
        REJECTED = "rejected"
        SKIPPED = "skipped"
        FAILED = "failed"
        CANCELLED = "cancelled"

    ACTIVE = (State.QUEUED, State.RUNNING)

    kind = models.CharField(max_length=10, choices=Kind, default=Kind.REFIT)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    trigger = models.CharField(max_length=10, choices=Trigger, default=Trigger.PERSON)
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
    attempts = models.PositiveSmallIntegerField(
        default=0, help_text="how often a worker began with it"
    )
    minutes = models.FloatField(
        default=0.0, help_text="time that it trained, all attempts together"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, help_text="when it was last put on the queue")
    started_at = models.DateTimeField(null=True, help_text="when the last attempt began")
    finished_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True, help_text="the trainer's last sign of life")
    cancel_asked_at = models.DateTimeField(null=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="cancelled_runs",
    )

    objects = RunQuerySet.as_manager()

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
