"""Deleting files that no row names, a stretch of the storage in each round."""

import logging
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

from django.core.cache import cache
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from labelling.stored_files import StoredFile, stored_files
from worker.services.jobs.files import MOST_FAILURES
from worker.services.leftovers.kinds import KINDS, Kind, delete, is_half_written

log = logging.getLogger(__name__)

AGE = timedelta(days=7)  # by the storage's clock; whoever stores a file names it within minutes
BATCH = 500  # names that one query looks up
ROUND_SECONDS = 10.0
MOST_UNKNOWN = 20  # pictures of one batch; where they are most of it, the rows are another site's
PLACE = "leftovers:place"  # in the cache: which kind, and the last of its names that was looked at


class AnotherSite(Exception):
    """Most pictures that lie here are unknown to this database, so they are not its leftovers."""


def discard_leftovers(*, seconds: float = ROUND_SECONDS) -> Counter[str]:
    """Go on where the last round stopped, for about ``seconds``; count what was found.

    Safe to run twice and beside another: both delete what no row names. One that breaks off at a
    folder leaves it, and the next round goes on with the next folder.
    """
    one = Round(seconds)
    one.go()
    counts = one.counts
    if counts["deleted"] or counts["failed"]:
        log.info(
            "Of %d stored files %d that no row names were deleted, and %d could not be.",
            *(counts["seen"], counts["deleted"], counts["failed"]),
        )
    return counts


class Round:
    """What one round may touch, how far it is, and what it has found.

    A file has to be older than ``AGE``, so that its row would have come, and younger than the
    database, which knows nothing of what was there before it.
    """

    def __init__(self, seconds: float) -> None:
        self.ends = time.monotonic() + seconds
        self.since, self.until = _beginning(), timezone.now() - AGE
        self.counts: Counter[str] = Counter()

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self.ends or self.counts["failed"] >= MOST_FAILURES

    def go(self) -> None:
        first, after = cache.get(PLACE) or (0, "")
        for number, kind in enumerate(KINDS[first:], first):
            place = self._look_through(kind, after)
            if place:
                _remember(number, place)
                return
            _remember((number + 1) % len(KINDS), "")
            if self.is_over:
                return
            after = ""

    def _look_through(self, kind: Kind, after: str) -> str:
        """Return the name that was looked at last; none where this kind is done with."""
        try:
            for batch in _batches(stored_files(kind.folder, after=after)):
                place = self._sort_out(kind, batch)
                if self.is_over:
                    return place
        except Exception:  # whatever a storage's library raises
            log.exception("The files in %s/ were not looked through to the end.", kind.folder)
            self.ends = 0.0
        return ""

    def _sort_out(self, kind: Kind, batch: list[StoredFile]) -> str:
        self.counts["seen"] += len(batch)
        for file in self._left(kind, batch):
            self._discard(kind, file.name)
            if self.is_over:
                return file.name
        return batch[-1].name

    def _left(self, kind: Kind, batch: list[StoredFile]) -> list[StoredFile]:
        """Those that no row names. Raises AnotherSite."""
        old = [
            file
            for file in batch
            if self.since <= file.modified_at <= self.until and kind.gives(file.name)
        ]
        whole = [file.name for file in old if not is_half_written(file.name)]
        named = kind.named(whole) if whole else set()
        unknown = len(whole) - len(named)
        if kind.of_pictures and unknown > max(MOST_UNKNOWN, len(named)):
            raise AnotherSite(
                f"{unknown} of {len(whole)} files have no row: is this the right database?"
            )
        return [file for file in old if file.name not in named]

    def _discard(self, kind: Kind, name: str) -> None:
        discard = delete if is_half_written(name) else kind.discard
        try:
            if discard(name):
                log.info("The file %s, which no row names, was deleted.", name)
                self.counts["deleted"] += 1
        except Exception:  # one that cannot be deleted keeps no other
            log.exception("The file %s, which no row names, cannot be deleted.", name)
            self.counts["failed"] += 1


def _beginning() -> datetime:
    """When this database was made."""
    applied = MigrationRecorder(connection).migration_qs.order_by("applied")
    return applied.values_list("applied", flat=True).first() or timezone.now()


def _batches(files: Iterator[StoredFile]) -> Iterator[list[StoredFile]]:
    while batch := list(islice(files, BATCH)):
        yield batch


def _remember(kind: int, after: str) -> None:
    cache.set(PLACE, (kind, after), timeout=None)
