"""Counting by the hour what came in, so that nothing that is shown reads every row.

An hour is counted anew each minute until it is closed; then its counts are added to the totals and
never change, whatever is deleted. Two who count at once wait for each other.
"""

import time
from collections import Counter
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from worker.models import ClosedHour, HourlyTally, TallyTotal
from worker.tally_queries import BEGINNING, counted_until, higher_of, stored_counts
from worker.tally_sources import Counts, count_all, first_moment_since, start_of_hour

HOUR = timedelta(hours=1)
# A row is written a little later than its time says: by so much, an hour stays open after its end.
GRACE = timedelta(minutes=15)
CHUNK = 24 * HOUR  # counted and closed in one transaction
ROUND_SECONDS = 20.0  # after which a round ends between two chunks; the next one goes on


def count_hours(*, seconds: float = ROUND_SECONDS) -> int:
    """Close the hours that are over, for about ``seconds``, and count the open ones anew.

    Gives how many chunks were closed. Safe to run twice and beside another. A site with years of
    uncounted rows takes several rounds; stretches without a row take no time.
    """
    ends, chunks = time.monotonic() + seconds, 0
    while close_chunk():
        chunks += 1
        if time.monotonic() >= ends:
            break
    count_open()
    return chunks


@transaction.atomic
def close_chunk() -> bool:
    """Count and close the first hours that are over and not closed; whether there were any."""
    closable, frontier = closable_until(), hold_frontier()
    if frontier >= closable:
        return False
    first = first_moment_since(frontier)
    since = min(closable, start_of_hour(first)) if first else closable
    until = min(closable, since + CHUNK)
    counts = higher_of(stored_counts(since, until), count_all(since, until))
    store(counts)
    add_to_totals(counts)
    ClosedHour.objects.create(hour=until - HOUR)
    return True


@transaction.atomic
def count_open() -> None:
    """Count the hours anew that are not over yet. A count that has become less stays."""
    since = max(hold_frontier(), closable_until())
    store(higher_of(stored_counts(since), count_all(since)))


@transaction.atomic
def count_anew() -> None:
    """Forget every count and begin again with the rows that there are, without deleted ones."""
    hold_frontier()
    for model in (HourlyTally, TallyTotal, ClosedHour):
        model.objects.all().delete()


def hold_frontier() -> datetime:
    """Up to when all is closed. Whoever else counts waits until this transaction ends."""
    ClosedHour.objects.get_or_create(hour=BEGINNING)
    ClosedHour.objects.select_for_update().get(hour=BEGINNING)
    return counted_until()


def closable_until() -> datetime:
    return start_of_hour(timezone.now() - GRACE)


def store(counts: Counts) -> None:
    HourlyTally.objects.bulk_create(
        (HourlyTally(**place._asdict(), count=count) for place, count in counts.items()),
        batch_size=500,
        update_conflicts=True,
        unique_fields=["hour", "what", "key", "version"],
        update_fields=["count"],
    )


def add_to_totals(counts: Counts) -> None:
    more: Counter[tuple[str, str, int]] = Counter()
    for place, count in counts.items():
        more[place.what, place.key, place.version] += count
    for total in TallyTotal.objects.select_for_update():
        thing = (total.what, total.key, total.version)
        if thing in more:
            more[thing] += total.count
    TallyTotal.objects.bulk_create(
        (
            TallyTotal(what=what, key=key, version=version, count=count)
            for (what, key, version), count in more.items()
        ),
        update_conflicts=True,
        unique_fields=["what", "key", "version"],
        update_fields=["count"],
    )
