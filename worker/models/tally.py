"""Counts kept up to date by the hour, so that no page or scrape reads every row."""

from typing import ClassVar

from django.db import models


class HourlyTally(models.Model):
    """How much of one thing there was in one hour.

    ``what`` names the count (``verdict``, ``score``, ``submission``, ``review`` ...), ``key`` the
    class counted (``ai``, the bin ``0.95``, ``page``, ``human``). A row is counted anew from the
    rows of its hour until the hour is closed, so counting twice does no harm; it never shrinks.
    """

    hour = models.DateTimeField()
    what = models.CharField(max_length=20)
    key = models.CharField(max_length=40, blank=True)
    version = models.PositiveIntegerField(
        default=0, help_text="the number of the version that said it; 0 where none did"
    )
    count = models.PositiveBigIntegerField()

    class Meta:
        verbose_name_plural = "hourly tallies"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["what", "hour"], name="tally_over_time")
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["hour", "what", "key", "version"], name="one_tally_per_hour"
            )
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.key}: {self.count} in {self.hour:%Y-%m-%d %H} h"


class TallyTotal(models.Model):
    """How much of one thing there was in all closed hours together."""

    what = models.CharField(max_length=20)
    key = models.CharField(max_length=40, blank=True)
    version = models.PositiveIntegerField(default=0)
    count = models.PositiveBigIntegerField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["what", "key", "version"], name="one_total_per_key")
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.key}: {self.count}"


class ClosedHour(models.Model):
    """An hour that is over and counted for good, and with it each hour before the newest one."""

    hour = models.DateTimeField(primary_key=True)

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H} h"
