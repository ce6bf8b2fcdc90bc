"""Webhooks: who wants to be told what, what happened, and what was told to whom."""

from datetime import datetime
from typing import ClassVar
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone


class WebhookEvent(models.Model):
    """Something that happened while somebody wanted to be told of such a thing.

    The row is written in the transaction of what it tells, so it is there if and only if that is;
    ``subject`` is the id of what it happened to. Spreading it makes a delivery for each endpoint.
    """

    class Kind(models.TextChoices):
        IMAGE_CLASSIFIED = "image.classified", "a picture was examined"
        IMAGE_FAILED = "image.failed", "a picture could not be examined"
        LABEL_SETTLED = "label.settled", "people settled what a picture is"
        DISPUTE_OPENED = "dispute.opened", "somebody disputed a verdict"
        MODEL_PROMOTED = "model.promoted", "another version answers"
        DRIFT_ALERTED = "drift.alerted", "what comes in has changed"
        JOB_FAILED = "job.failed", "a job failed"
        TEST = "webhook.test", "a test"

    kind = models.CharField(max_length=20, choices=Kind)
    subject = models.CharField(max_length=40)
    at = models.DateTimeField(auto_now_add=True)
    spread_at = models.DateTimeField(null=True, blank=True, help_text="deliveries are made")

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["at"], condition=Q(spread_at=None), name="webhook_event_unspread"),
            models.Index(fields=["at"], name="webhook_event_at"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class WebhookEndpoint(models.Model):
    """An address that one person wants to be told at, and of what.

    Its secret must be at hand to sign each message, so it cannot be kept as a digest like a
    token's, which is only ever compared. It is shown once, and in no list, log or back office.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="webhooks"
    )
    url = models.CharField(max_length=500)
    description = models.CharField(max_length=100, blank=True)
    events = models.JSONField(default=list, help_text="kinds of events that are told")
    everything = models.BooleanField(
        default=False, help_text="told of all that happens here, not only of what is the owner's"
    )
    secret = models.CharField(max_length=80)
    former_secret = models.CharField(max_length=80, blank=True)
    former_until = models.DateTimeField(
        null=True, blank=True, help_text="messages are signed with the former secret, too"
    )
    enabled = models.BooleanField(default=True)
    disabled_at = models.DateTimeField(null=True, blank=True)
    disabled_why = models.CharField(max_length=300, blank=True, help_text="in words, for its owner")
    failures = models.PositiveIntegerField(default=0, help_text="tries that failed, in a row")
    rests_until = models.DateTimeField(
        null=True, blank=True, help_text="nothing is sent before: it did not answer"
    )
    arrived_at = models.DateTimeField(null=True, blank=True, help_text="when something did last")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"webhook {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("webhook", args=[self.pk])

    @property
    def former_signs(self) -> bool:
        """Whether the secret before this one signs, too: its receiver may not know the new one."""
        return self.former_until is not None and self.former_until > timezone.now()


class WebhookDelivery(models.Model):
    """One event told to one endpoint: what is still to be sent, and what came back.

    Its id is the message's, the same each time that it is sent. ``held_until`` is set while
    somebody sends it; who dies meanwhile leaves it to be sent again at ``next_at``.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        ARRIVED = "arrived"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    endpoint = models.ForeignKey(
        WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries"
    )
    event = models.ForeignKey(WebhookEvent, on_delete=models.CASCADE, related_name="deliveries")
    payload = models.JSONField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(help_text="not to be tried before")
    held_until = models.DateTimeField(null=True, blank=True)
    tried_at = models.DateTimeField(null=True, blank=True, help_text="last")
    status = models.PositiveSmallIntegerField(null=True, blank=True, help_text="of the last answer")
    answer = models.CharField(max_length=200, blank=True, help_text="how the last one began")
    error = models.CharField(max_length=300, blank=True, help_text="why the last try failed")
    created_at = models.DateTimeField(auto_now_add=True)
    arrived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at", "-pk"]
        verbose_name_plural = "webhook deliveries"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["endpoint", "next_at"],
                condition=Q(state="waiting"),
                name="webhook_delivery_due",
            ),
            models.Index(fields=["endpoint", "-created_at"], name="webhook_delivery_newest"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["endpoint", "event"], name="an_endpoint_is_told_an_event_once"
            )
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def key(self) -> str:
        """The message's name, as its receiver reads it in ``webhook-id``."""
        return f"msg_{self.pk.hex}"

    @property
    def next_try_at(self) -> datetime | None:
        """None where it has arrived or is given up."""
        return self.next_at if self.state == self.State.WAITING else None
