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
    def numbered(cls, year: int, number: int) -> "Week":
        """Raises ValueError where the year has no such week."""
        return cls(date.fromisocalendar(year, number, 1))

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
        year, number, _ = self.monday.isocalendar()
        return reverse("weekly-report", args=[year, f"{number:02}"])

    def __str__(self) -> str:
        year, number, _ = self.monday.isocalendar()
        return f"week {number} of {year}"
