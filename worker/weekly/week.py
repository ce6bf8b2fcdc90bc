"""Weeks by ISO 8601, from Monday to Sunday, in the site's time zone."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.urls import reverse
from django.utils import timezone

DAYS = timedelta(days=7)


@dataclass(frozen=True, order=True)
class Week:
    """The week that begins on ``monday``."""

    monday: date

    @classmethod
    def of(cls, moment: datetime) -> "Week":
        day = timezone.localdate(moment)
        return cls(day - timedelta(days=day.weekday()))

    @classmethod
    def named(cls, name: str) -> "Week":
        """By what ISO 8601 calls it: ``2026-W48``. Raises ValueError where there is none."""
        year, _, number = name.partition("-W")
        return cls(date.fromisocalendar(int(year), int(number), 1))

    @property
    def name(self) -> str:
        year, number, _ = self.monday.isocalendar()
        return f"{year}-W{number:02}"

    @property
    def before(self) -> "Week":
        return Week(self.monday - DAYS)

    @property
    def after(self) -> "Week":
        return Week(self.monday + DAYS)

    @property
    def sunday(self) -> date:
        return self.monday + timedelta(days=6)

    @property
    def start(self) -> datetime:
        return timezone.make_aware(datetime.combine(self.monday, time.min))

    @property
    def end(self) -> datetime:
        """The first moment that is not in it; a day of a change of clocks is as long as it is."""
        return self.after.start

    def get_absolute_url(self) -> str:
        return reverse("weekly-report", args=[self.name])

    def __str__(self) -> str:
        year, number, _ = self.monday.isocalendar()
        return f"week {number} of {year}"
