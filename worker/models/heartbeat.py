"""The picture that goes through the real queue each minute."""

from typing import ClassVar

from django.db import models


class Heartbeat(models.Model):
    """One synthetic picture: sent by the clock, answered by an inference worker or not.

    No Image: it is nobody's upload, is never shown, counted, reviewed or learned from.
    """

    sent_at = models.DateTimeField(unique=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    seconds = models.FloatField(null=True, blank=True, help_text="of the examination alone")
    worker = models.CharField(max_length=100, blank=True, help_text="the node that answered")
    failure = models.CharField(max_length=300, blank=True, help_text="why it was not examined")

    class Meta:
        ordering: ClassVar[list[str]] = ["-sent_at"]

    def __str__(self) -> str:
        return f"heartbeat of {self.sent_at:%Y-%m-%d %H:%M}"
