"""Long work that a person asked for: imports, exports, bulk actions, predicting anew."""

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from labelling.models import Image


class Job(models.Model):
    """One piece of long work, from the request to its outcome in one sentence.

    queued → running → done | failed | cancelled. A job whose worker died goes back to queued with
    one more of its ``attempts`` used, and one more picture done gives them back. Every kind is safe
    to run again from its start. ``claims`` tells an earlier worker from the one that has it now.
    """

    class Kind(models.TextChoices):
        IMPORT = "import"
        EXPORT = "export"
        PREDICT = "predict", "predict anew"
        REVIEW = "review", "bulk review"
        ASSIGN = "assign"
        DELETE = "delete", "move to the bin"
        RESTORE = "restore", "take out of the bin"
        ERASE = "erase", "delete a person's uploads"

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    ACTIVE = (State.QUEUED, State.RUNNING)

    kind = models.CharField(max_length=10, choices=Kind)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    title = models.CharField(max_length=200, help_text="what it does, in words")
    options = models.JSONField(default=dict, help_text="what was asked for")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="jobs"
    )
    undoes = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="undone_by"
    )
    total = models.PositiveIntegerField(null=True, help_text="how many there are, once known")
    done = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0, help_text="of those done, not carried out")
    step = models.CharField(max_length=120, blank=True, help_text="what it does now, in words")
    outcome = models.CharField(max_length=500, blank=True, help_text="one sentence for people")
    result = models.CharField(max_length=200, blank=True, help_text="a file's name in the storage")
    attempts = models.PositiveSmallIntegerField(
        default=0, help_text="times in a row that its worker was lost"
    )
    claims = models.PositiveIntegerField(default=0, help_text="times that a worker took it")
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    cancel_asked_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at", "-pk"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["requested_by", "-created_at"], name="job_mine"),
            models.Index(
                fields=["state"], condition=Q(state__in=["queued", "running"]), name="job_active"
            ),
        ]

    def __str__(self) -> str:
        return f"job {self.pk}, {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("job", args=[self.pk])

    @property
    def is_active(self) -> bool:
        return self.state in self.ACTIVE

    @property
    def has_file(self) -> bool:
        """Whether it wrote a file to the end, which is kept still."""
        return self.state == self.State.DONE and bool(self.result)

    def seconds_left(self, now: datetime) -> float | None:
        """By the pace so far; None while there is none."""
        if self.started_at is None or not self.total or not self.done or not self.is_active:
            return None
        pace = self.done / max((now - self.started_at).total_seconds(), 1e-3)
        return (self.total - self.done) / pace


class JobItem(models.Model):
    """One picture or file of a job, chosen when the job was asked for, and what became of it."""

    class Outcome(models.TextChoices):
        WAITING = "waiting"
        DONE = "done"
        UNCHANGED = "unchanged"
        REFUSED = "refused"

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="items")
    image = models.ForeignKey(Image, null=True, on_delete=models.SET_NULL, related_name="+")
    name = models.CharField(
        max_length=500, blank=True, help_text="of a file that is no picture yet"
    )
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.WAITING)
    code = models.CharField(max_length=40, blank=True)
    message = models.CharField(max_length=300, blank=True)
    undo = models.JSONField(default=dict, help_text="what an undo needs to know")

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["job", "outcome"], name="job_item_outcome")
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["job", "image"],
                condition=Q(image__isnull=False),
                name="a_picture_once_in_a_job",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name or self.image_id}, {self.outcome}"
