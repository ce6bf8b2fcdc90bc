"""Who trains a run: taken by a conditional UPDATE, kept by a heartbeat, given back or lost.

A worker that was taken for dead and wakes up again finds its attempt gone and changes nothing.
"""

import logging
import threading
import time
from datetime import timedelta
from types import TracebackType

from django.db import DatabaseError, connection
from django.db.models import F
from django.utils import timezone

from worker.models import TrainingRun
from worker.models.training import RunQuerySet

log = logging.getLogger(__name__)

State = TrainingRun.State

BEAT = 10.0  # seconds between two signs of life
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


class Lease:
    """One attempt at a run, from its claim to its end. A thread tells that we are alive.

    Also while the trainer is deep in a step that reports nothing. Every sign of life counts the
    time since the one before, so what a killed worker used up is known but for some seconds.
    """

    def __init__(self, run: TrainingRun) -> None:
        self.run = run
        self._counted = time.monotonic()
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"lease-{run.pk}", daemon=True)

    def __enter__(self) -> "Lease":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._done.set()
        self._thread.join()
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

    def _beat(self) -> None:
        try:
            while not self._done.wait(BEAT):
                if not self._alive():
                    return
        finally:
            connection.close()

    def _alive(self) -> bool:
        try:
            return self.write()
        except DatabaseError as error:  # the next one may get through
            log.warning("%s could leave no sign of life: %s", self.run, error)
            return True
