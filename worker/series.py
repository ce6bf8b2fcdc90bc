"""Reading the hourly tallies and the looks at drift, in the steps of a chart. A few queries each,
however many pictures there are."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case, F, Max, Q, Sum, When
from django.db.models.functions import Trunc
from django.utils import timezone

from worker.charting.drift import Look
from worker.charting.spans import HOUR, Span
from worker.models import DriftLook
from worker.tally_queries import shown_tallies

Steps = dict[datetime, Counter[str]]
WEEK, MONTH = timedelta(days=7), timedelta(days=30)


def tallies(names: Iterable[str], span: Span, now: datetime) -> dict[str, Steps]:
    """Of each tally named: by step, how often each key, where it came at all. One query.

    As it was counted last, at most a minute ago. An hour belongs to the step in which it begins,
    also where midnight is at its half.
    """
    zone, names = timezone.get_current_timezone(), list(names)
    kind = "hour" if span.hours < 24 else "day"
    rows = (
        shown_tallies()
        .filter(what__in=names, hour__gte=_first(span, now))
        .annotate(step=Trunc("hour", kind, tzinfo=zone))
        .values_list("what", "step", "key")
        .annotate(Sum("count"))
    )
    found: dict[str, Steps] = {name: {} for name in names}
    for what, step, key, count in rows:
        found[what].setdefault(span.floor(step, zone), Counter())[key] += count
    return found


def _first(span: Span, now: datetime) -> datetime:
    return span.floor(now - span.length + HOUR, timezone.get_current_timezone())


@dataclass(frozen=True)
class Scores:
    """How often each bin of the probability, by its lower end: the last week, the month before."""

    week: Mapping[float, int]
    month: Mapping[float, int]


def scores(version: int, now: datetime) -> Scores:
    """What one version said. One query."""
    since = now - WEEK
    rows = shown_tallies().filter(what="score", version=version, hour__gte=since - MONTH)
    counted = list(
        rows.values_list("key").annotate(
            new=Sum("count", filter=Q(hour__gte=since)), old=Sum("count", filter=Q(hour__lt=since))
        )
    )
    return Scores(
        week={float(key): n for key, n, _ in counted if n},
        month={float(key): n for key, _, n in counted if n},
    )


def all_scores(versions: Iterable[int]) -> dict[int, dict[float, int]]:
    """Of each version how often each bin, ever. One query."""
    rows = shown_tallies().filter(what="score", version__in=list(versions))
    found: dict[int, dict[float, int]] = {number: {} for number in versions}
    for number, key, count in rows.values_list("version", "key").annotate(Sum("count")):
        found[number][float(key)] = count
    return found


def answered_since(version: int, since: datetime) -> tuple[int, int]:
    """How many verdicts of one version were an answer, and how many there were. One query."""
    rows = shown_tallies().filter(what="verdict", version=version, hour__gte=since)
    counts = dict(rows.values_list("key").annotate(Sum("count")))
    total = sum(counts.values())
    return total - counts.get("uncertain", 0), total


def looks(span: Span, now: datetime) -> list[tuple[Look, DriftLook]]:
    """One look of each window for each step: the last with an alarm, else the last. Two queries.

    A busy site takes a look every few minutes, and each is some kilobytes.
    """
    zone = timezone.get_current_timezone()
    kind = "hour" if span.hours < 24 else "day"
    rows = (
        DriftLook.objects.filter(last_at__gte=_first(span, now))
        .order_by()
        .annotate(step=Trunc("last_at", kind, tzinfo=zone))
        .values_list("step", "window")
        .annotate(last=Max("pk"), alarmed=Max(Case(When(~Q(alarms=[]), then=F("pk")))))
    )
    chosen: dict[tuple[datetime, str], tuple[int, int]] = {}
    for step, window, last, alarmed in rows:
        key = span.floor(step, zone), window
        chosen[key] = max(chosen.get(key, (0, 0)), (alarmed or 0, last))
    ids = [alarmed or last for alarmed, last in chosen.values()]
    found = DriftLook.objects.filter(pk__in=ids).order_by("last_at", "pk")
    return [
        (Look(span.floor(look.last_at, zone), look.readings, look.alarms), look) for look in found
    ]
