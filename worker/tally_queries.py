"""Reading the tallies: how far they go, what they hold, and totals over all time.

Of totals, what is closed is read from sums; the hours since then are counted from their rows, so
that each figure is right at any moment. Only versions that speak are shown. A deletion takes
nothing from a closed hour.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta

from django.db.models import Max, QuerySet

from classifier.models import ModelVersion
from worker.models import ClosedHour, HourlyTally, TallyTotal
from worker.tally_sources import BY_WHAT, SOURCES, Counts, Place, Source, count_all

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)  # no row is older

Totals = dict[tuple[str, str, int], int]
"""(what, key, version) → how many; version 0 where no version said it."""


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
    silent = set(_silent_versions())
    return {thing: count for thing, count in found.items() if thing[2] not in silent}


def total_by_key(what: str, *, version: int | None = None) -> dict[str, int]:
    """How much there was of each key of ``what``, zeros included; of one version or of all."""
    counts = dict.fromkeys(BY_WHAT[what].keys, 0)
    for (_, key, by), count in totals(what).items():
        if version in (None, by):
            counts[key] += count
    return counts


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


def shown_tallies() -> QuerySet[HourlyTally]:
    """What people may be shown: not what a version said that never answered."""
    return HourlyTally.objects.exclude(version__in=_silent_versions())


def _silent_versions() -> QuerySet[ModelVersion, int]:
    """The numbers of those whose word nobody is shown."""
    silent = ModelVersion.objects.filter(state__in=ModelVersion.SILENT)
    return silent.values_list("number", flat=True)
