"""Reading the tallies: totals over all time, and series by the hour or the day.

What is closed is read from sums; the hours since then are counted from their rows, so that each
figure is right at any moment. Only versions that speak are shown. A deletion takes nothing from a
closed hour.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Max, Sum
from django.db.models.functions import TruncDay, TruncHour
from django.db.models.functions.datetime import TruncBase
from django.utils import timezone

from classifier.models import ModelVersion
from worker.models import ClosedHour, HourlyTally, TallyTotal
from worker.tally_sources import BY_WHAT, SOURCES, Counts, Place, Source, count_all, start_of_hour

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)  # no row is older

Totals = dict[tuple[str, str, int], int]
"""(what, key, version) → how many; version 0 where no version said it."""


@dataclass(frozen=True)
class Series:
    """Counts over time: ``moments`` (T,) are when each hour or day begins, in the site's time zone.

    ``counts`` has T numbers for each key of what was asked for, zeros included.
    """

    moments: list[datetime]
    counts: dict[str, list[int]]


def totals(*whats: str, live: Collection[str] | None = None) -> Totals:
    """How much there was in all, of each of ``whats`` (of everything, if none is named).

    ``live`` names what is counted up to this moment, everything by default; the rest is as it was
    counted last, at most a minute ago. Four queries, and one more for each of ``live``.
    """
    sources = [BY_WHAT[what] for what in whats] or list(SOURCES)
    names = [source.what for source in sources]
    found: Counter[tuple[str, str, int]] = Counter()
    rows = TallyTotal.objects.filter(what__in=names)
    for what, key, version, count in rows.values_list("what", "key", "version", "count"):
        found[what, key, version] = count
    fresh = [source for source in sources if live is None or source.what in live]
    for place, count in open_counts(sources, fresh).items():
        found[place.what, place.key, place.version] += count
    silent = silent_versions()
    return {thing: count for thing, count in found.items() if thing[2] not in silent}


def total_by_key(what: str, *, version: int | None = None) -> dict[str, int]:
    """How much there was of each key of ``what``, zeros included; of one version or of all."""
    counts = dict.fromkeys(BY_WHAT[what].keys, 0)
    for (_, key, by), count in totals(what).items():
        if version in (None, by):
            counts[key] += count
    return counts


def hourly(what: str, *, hours: int = 48, version: int | None = None) -> Series:
    """By the hour, the last ``hours`` and the one that is running. Six queries."""
    now = start_of_hour(timezone.now())
    starts = [now - timedelta(hours=back) for back in range(hours, -1, -1)]
    return _series(what, starts, start_of_hour, TruncHour("hour", tzinfo=UTC), version)


def daily(what: str, *, days: int = 30, version: int | None = None) -> Series:
    """By the day of the site's time zone, the last ``days`` and today. Six queries.

    An hour belongs to the day in which it begins, also where midnight is at its half.
    """
    today = timezone.localdate()
    starts = [_midnight(today - timedelta(days=back)) for back in range(days, -1, -1)]
    begins = TruncDay("hour", tzinfo=timezone.get_current_timezone())
    return _series(what, starts, lambda hour: _midnight(timezone.localdate(hour)), begins, version)


def counted_until() -> datetime:
    """Up to when all hours are closed; the beginning of time where none is."""
    newest = ClosedHour.objects.aggregate(newest=Max("hour"))["newest"]
    return newest + timedelta(hours=1) if newest else BEGINNING


def stored_counts(
    since: datetime, until: datetime | None = None, *, whats: Collection[str] = ()
) -> Counts:
    """What was counted last in each hour from ``since`` to before ``until``."""
    rows = HourlyTally.objects.filter(hour__gte=since, what__in=whats or list(BY_WHAT))
    if until:
        rows = rows.filter(hour__lt=until)
    found = rows.values_list("hour", "what", "key", "version", "count")
    return {Place(*row[:4]): row[4] for row in found}


def open_counts(sources: Iterable[Source], fresh: Iterable[Source]) -> Counts:
    """The hours that are not closed: as stored, of ``fresh`` also as the rows are now."""
    since, whats = counted_until(), [source.what for source in sources]
    return higher_of(stored_counts(since, whats=whats), count_all(since, sources=fresh))


def higher_of(one: Counts, other: Counts) -> Counts:
    """Of each count the greater: what was once counted does not shrink."""
    return {place: max(one.get(place, 0), other.get(place, 0)) for place in one | other}


def silent_versions() -> set[int]:
    """The numbers of those whose word nobody is shown."""
    silent = ModelVersion.objects.filter(state__in=ModelVersion.SILENT)
    return set(silent.values_list("number", flat=True))


def _series(
    what: str,
    starts: list[datetime],
    start_of: Callable[[datetime], datetime],
    begins: TruncBase,
    version: int | None,
) -> Series:
    """``start_of`` and ``begins`` say when an hour's period begins, here and in the database."""
    source, silent, frontier = BY_WHAT[what], silent_versions(), counted_until()
    closed = HourlyTally.objects.filter(what=what, hour__gte=starts[0], hour__lt=frontier)
    closed = closed.exclude(version__in=silent)
    if version is not None:
        closed = closed.filter(version=version)
    rows = closed.annotate(start=begins).values_list("key", "start").annotate(Sum("count"))
    found: Counter[tuple[str, datetime]] = Counter()
    for key, start, count in rows.order_by():
        found[key, start] = count
    for place, count in open_counts([source], [source]).items():
        if place.version not in silent and version in (None, place.version):
            found[place.key, start_of(place.hour)] += count
    keys = {key: [found[key, start] for start in starts] for key in source.keys}
    return Series([timezone.localtime(start) for start in starts], keys)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
