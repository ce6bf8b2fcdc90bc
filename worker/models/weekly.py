"""Which weekly reports went out by mail."""

from typing import ClassVar

from django.db import models


class WeeklyMail(models.Model):
    """The mail about one week, which begins on ``monday``: the row is there once, so it goes once.

    Each try is claimed by counting ``attempts`` up from what was seen.
    """

    monday = models.DateField(primary_key=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(help_text="not to be tried before")
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-monday"]

    def __str__(self) -> str:
        return f"mail about the week of {self.monday}"
