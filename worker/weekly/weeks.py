"""Which weeks there are."""

from django.db.models import Min, Sum
from django.db.models.functions import TruncWeek
from django.utils import timezone

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
