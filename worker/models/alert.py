"""What the site found wrong by itself, and who was told."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from labelling.models import Image


class Alert(models.Model):
    """Something that a person should look at, from when it was found until it is over.

    ``key`` names what is wrong (``drift:input:jpeg_quality:trained_on``, ``heartbeat``). While an
    alert is open the same key again counts it up, unless it is what simply lasts, and tells nobody
    anew.
    """

    class Kind(models.TextChoices):
        DRIFT = "drift"
        ACCURACY = "accuracy"
        HEARTBEAT = "heartbeat"
        QUEUE = "queue"
        TRAINING = "training"
        WEBHOOK = "webhook"

    key = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=Kind)
    sentence = models.CharField(max_length=500, help_text="what is wrong, for people")
    advice = models.CharField(max_length=500, blank=True, help_text="what to do, for people")
    link = models.CharField(max_length=200, blank=True, help_text="the page that shows more")
    images = models.ManyToManyField(Image, through="AlertImage", related_name="alerts")
    count = models.PositiveIntegerField(default=1, help_text="times that it was found")
    raised_at = models.DateTimeField()
    last_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-raised_at", "-pk"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["-raised_at"], name="alert_newest")
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["key"], condition=Q(resolved_at__isnull=True), name="one_open_alert_per_key"
            )
        ]

    def __str__(self) -> str:
        return self.sentence


class AlertImage(models.Model):
    """A picture that an alert shows; ``place`` 0 is the one that moved most."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="shown")
    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="+")
    place = models.PositiveSmallIntegerField()

    class Meta:
        ordering: ClassVar[list[str]] = ["place"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["alert", "image"], name="an_alert_shows_an_image_once")
        ]


class Mute(models.Model):
    """Until when alerts of one key are raised without telling anybody."""

    key = models.CharField(max_length=120, unique=True)
    until = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    def __str__(self) -> str:
        return f"{self.key} is muted until {self.until:%Y-%m-%d %H:%M}"


class Delivery(models.Model):
    """One message about an alert to one address: what is still to be sent, and what was.

    The row is the outbox: it is written with the alert, and sent again until it is taken or
    given up.
    """

    class Channel(models.TextChoices):
        EMAIL = "email", "e-mail"
        WEBHOOK = "webhook"
        SLACK = "slack"

    class Event(models.TextChoices):
        RAISED = "raised"
        RESOLVED = "resolved"

    class State(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        FAILED = "failed"

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="deliveries")
    event = models.CharField(max_length=10, choices=Event)
    channel = models.CharField(max_length=10, choices=Channel)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(help_text="not to be tried before")
    error = models.CharField(max_length=300, blank=True, help_text="why the last try failed")
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]
        verbose_name_plural = "deliveries"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="delivery_due")
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["alert", "event", "channel"], name="one_delivery_per_event_and_channel"
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel}: {self.event} ({self.state})"
