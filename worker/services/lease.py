"""Who trains a run: taken by a conditional UPDATE, kept by a heartbeat, given back or lost.

A worker that was taken for dead and wakes up again finds its attempt gone and changes nothing.
"""

import threading
import time
from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from worker.models import TrainingRun
from worker.models.training import RunQuerySet
from worker.services.signs_of_life import SignsOfLife

State = TrainingRun.State

SILENT_AFTER = timedelta(minutes=2)  # a machine that swaps, or a database that restarts, is slow
MAX_ATTEMPTS = 3  # once, and resumed twice


def claim(run_id: int) -> bool:
    """Take a queued run: True for one caller only."""
    now = timezone.now()
    queued = TrainingRun.objects.filter(pk=run_id, state=State.QUEUED)
    return bool(
        queued.update(
            state=State.RUNNING,
            attempts=F("attempts") + 1,
            progress=0.0,
            started_at=now,
            heartbeat_at=now,
        )
    )


class Lease(SignsOfLife):
    """One attempt at a run, from its claim to its end.

    Every sign of life counts the time since the one before, so what a killed worker used up is
    known but for some seconds.
    """

    def __init__(self, run: TrainingRun) -> None:
        self.run = run
        self._counted = time.monotonic()
        self._lock = threading.Lock()
        super().__init__(run, self.write)

    def __exit__(self, *ended: object) -> None:
        super().__exit__(*ended)
        self._count(TrainingRun.objects.filter(pk=self.run.pk))

    def write(self, **fields: object) -> bool:
        """Set ``fields`` of the row with a sign of life; False where the run is not ours now."""
        held = TrainingRun.objects.held(self.run)
        return self._count(held, heartbeat_at=timezone.now(), **fields)

    def _count(self, rows: RunQuerySet, **fields: object) -> bool:
        with self._lock:
            now = time.monotonic()
            spent = (now - self._counted) / 60
            written = rows.update(minutes=F("minutes") + spent, **fields)
            if written:
                self._counted = now
        return bool(written)
