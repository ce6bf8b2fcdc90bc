"""Stopping a job that somebody does not want any more."""

from django.db import transaction
from django.utils import timezone

from labelling.errors import Conflict, NotFound
from labelling.models import User
from labelling.permissions import may_administer
from worker.models import Job

State = Job.State


@transaction.atomic
def cancel_job(*, job_id: int, by: User) -> Job:
    """Stop a job: a queued one ends now, a running one before its next item.

    For whoever asked for it, and administrators. Asking twice is harmless. What it did stays done.
    Raises NotFound, and Conflict where it is over already.
    """
    job = Job.objects.select_for_update().filter(pk=job_id).first()
    if job is None or not (job.requested_by_id == by.pk or may_administer(by)):
        raise NotFound("There is no such job, or it is not yours.")
    if not job.is_active:
        raise Conflict("This job is over already.")
    if job.cancel_asked_at is None:
        _ask(job)
    return job


def _ask(job: Job) -> None:
    job.cancel_asked_at = timezone.now()
    job.step = "stopping"
    if job.state == State.QUEUED:
        job.state, job.finished_at, job.step = State.CANCELLED, job.cancel_asked_at, ""
        job.outcome = "Cancelled before it had begun." if not job.claims else "Cancelled."
    job.save(update_fields=["cancel_asked_at", "step", "state", "finished_at", "outcome"])
