"""Which weeks there are."""

from collections.abc import Sequence

from django.db.models import Min, Sum
from django.db.models.functions import TruncWeek
from django.utils import timezone

from labelling.errors import NotFound
from worker.models import HourlyTally
from worker.weekly.week import Week


def weeks() -> list[Week]:
    """From this one back to the first in which a picture came in; none on a new site."""
    first = HourlyTally.objects.filter(what="image").aggregate(first=Min("hour"))["first"]
    if first is None:
        return []
    found, oldest = [Week.of(timezone.now())], Week.of(first)
    while found[-1] > oldest:
        found.append(found[-1].before)
    return found


def week_named(name: str, known: Sequence[Week]) -> Week:
    """The week that ``name`` (``2026-W48``) means. Raises NotFound where it has no report."""
    try:
        week = Week.named(name)
    except ValueError:  # the year has no such week
        week = None
    if week is None or week not in known:
        raise NotFound("There is no report of this week.")
    return week


def pictures_in(listed: list[Week]) -> dict[Week, int]:
    """How many came in, of neighbouring weeks, the newest first. One query."""
    if not listed:
        return {}
    rows = HourlyTally.objects.filter(
        what="image", hour__gte=listed[-1].start, hour__lt=listed[0].end
    )
    starts = TruncWeek("hour", tzinfo=timezone.get_current_timezone())
    summed = rows.annotate(week=starts).values_list("week").annotate(Sum("count")).order_by()
    found = {Week.of(start): count for start, count in summed}
    return {week: found.get(week, 0) for week in listed}
