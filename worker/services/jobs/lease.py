"""Who works on a job: taken by a conditional UPDATE, kept by a heartbeat, given back or lost.

As with retrainings (``worker.services.lease``): a worker that was taken for dead and wakes up
again finds its attempt gone and changes nothing.
"""

from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from worker.models import Job
from worker.services.signs_of_life import SignsOfLife

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


def heartbeat(job: Job) -> SignsOfLife:
    return SignsOfLife(job, lambda: bool(attempt(job).update(heartbeat_at=timezone.now())))
