"""How far back a chart looks, and in what steps."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Span:
    """``hours`` (1, 6 or 24) are the step, counted from midnight of the site's time zone."""

    name: str
    words: str
    length: timedelta
    hours: int

    @property
    def each(self) -> str:
        """Of what a row of a chart tells."""
        return {1: "an hour", 6: "six hours", 24: "a day"}[self.hours]

    def floor(self, moment: datetime, zone: tzinfo) -> datetime:
        """The beginning of the step in which a moment lies."""
        local = moment.astimezone(zone)
        hour = local.hour - local.hour % self.hours
        return local.replace(hour=hour, minute=0, second=0, microsecond=0, fold=0)

    def steps(self, now: datetime, zone: tzinfo) -> list[datetime]:
        """The beginnings of all steps, the earliest first; the last is the one that runs now.

        By the clock on the wall: where the time changes, a day has 23 or 25 hours.
        """
        hours = int(self.length / HOUR)
        moments = (self.floor(now - HOUR * back, zone) for back in range(hours - 1, -1, -1))
        return list(dict.fromkeys(moments))


SPANS: Mapping[str, Span] = {
    span.name: span
    for span in (
        Span("24h", "24 hours", timedelta(hours=24), 1),
        Span("7d", "7 days", timedelta(days=7), 6),
        Span("30d", "30 days", timedelta(days=30), 24),
        Span("90d", "90 days", timedelta(days=90), 24),
    )
}
USUAL = SPANS["7d"]
