"""What the handler of a kind of job is given, and what it gives back."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from django.utils import timezone

from worker.models import Job
from worker.services.jobs.lease import attempt

WRITE_EVERY = 1.0  # seconds between two writings of the progress
TURN = 60.0  # seconds after which a job that can be interrupted lets another one go first


@dataclass(frozen=True)
class Ending:
    """How a job ended well: one sentence for people, and the name of its file in the storage."""

    outcome: str
    result: str = ""


class Cancelled(Exception):
    """Somebody wants the job stopped. Its words, if it has any, become the outcome."""


class GiveWay(Exception):
    """This attempt has lasted long enough, and another job waits."""


class Abandoned(Exception):
    """The job is not ours any more: it was given to another worker, or it is gone."""


class Work:
    """One attempt at a job, as its handler sees it.

    A handler may be called again from the start after its worker died, so what it did already must
    not be done twice. Between two items it calls ``progress``, which stops it where that is wanted.
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        self._done = self._refused = 0
        self._total = job.total
        self._step = ""
        self._written = float("-inf")
        self._turn_began = time.monotonic()

    def note_lasting(self) -> None:
        """Something was done that stays done, so workers that were lost before count no more."""
        if self.job.attempts:
            attempt(self.job).update(attempts=0)
            self.job.attempts = 0

    def give_way(self) -> None:
        """Raise GiveWay where this attempt was long and another job waits."""
        if time.monotonic() - self._turn_began < TURN:
            return
        self._turn_began = time.monotonic()
        if Job.objects.filter(state=Job.State.QUEUED).exists():
            raise GiveWay

    def progress(
        self,
        done: int,
        *,
        total: int | None = None,
        refused: int | None = None,
        step: str | None = None,
    ) -> None:
        """Tell how many are done, of how many, how many of these were refused, and what is next.

        May be called for every item: it is written at most once a second. Raises Cancelled where
        somebody wants the job stopped, and Abandoned where another worker has it; let both through.
        """
        self._done = done
        self._total = self._total if total is None else total
        self._refused = self._refused if refused is None else refused
        self._step = self._step if step is None else step[:120]
        if time.monotonic() - self._written < WRITE_EVERY:
            return
        self.write()
        if self.is_cancelled():
            raise Cancelled

    def write(self) -> None:
        """Write what was told last, now. Raises Abandoned."""
        self._written = time.monotonic()
        written = attempt(self.job).update(
            done=self._done,
            refused=self._refused,
            total=self._total,
            step=self._step,
            heartbeat_at=timezone.now(),
        )
        if not written:
            raise Abandoned

    def is_cancelled(self) -> bool:
        """Whether somebody wants the job stopped; asks the database."""
        return attempt(self.job).filter(cancel_asked_at__isnull=False).exists()


Handler = Callable[[Work], Ending]
