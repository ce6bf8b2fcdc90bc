"""Who works on a job: taken by a conditional UPDATE, kept by a heartbeat, given back or lost.

As with retrainings (``worker.services.lease``): a worker that was taken for dead and wakes up
again finds its attempt gone and changes nothing.
"""

import logging
import threading
from types import TracebackType

from django.db import DatabaseError, connection
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from worker.models import Job
from worker.services.lease import BEAT

log = logging.getLogger(__name__)

State = Job.State


def claim(job_id: int) -> Job | None:
    """Take a queued job; None for all but one of those who try."""
    now = timezone.now()
    taken = Job.objects.filter(pk=job_id, state=State.QUEUED).update(
        state=State.RUNNING,
        claims=F("claims") + 1,
        started_at=Coalesce("started_at", now),
        heartbeat_at=now,
        done=0,
        refused=0,
        step="",
    )
    return Job.objects.select_related("requested_by", "undoes").get(pk=job_id) if taken else None


def attempt(job: Job) -> QuerySet[Job]:
    """The job's row while it is in this attempt."""
    return Job.objects.filter(pk=job.pk, state=State.RUNNING, claims=job.claims)


class Heartbeat:
    """Tells from a thread of its own that we are alive, also deep in a step that says nothing."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"job-{job.pk}", daemon=True)

    def __enter__(self) -> "Heartbeat":
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

    def _beat(self) -> None:
        try:
            while not self._done.wait(BEAT) and self._alive():
                pass
        finally:
            connection.close()

    def _alive(self) -> bool:
        try:
            return bool(attempt(self._job).update(heartbeat_at=timezone.now()))
        except DatabaseError as error:  # the next one may get through
            log.warning("%s could leave no sign of life: %s", self._job, error)
            return True
