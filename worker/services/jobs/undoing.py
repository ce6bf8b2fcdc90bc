"""Taking back what a job did, by another job."""

from django.db import transaction

from labelling.errors import Conflict
from labelling.models import User
from worker.models import Job, JobItem
from worker.queries import job_for
from worker.services.jobs.requests import request_job, tried_again

Kind = Job.Kind
# Which kind of job takes which back; the others cannot be.
UNDONE_BY = {Kind.REVIEW: Kind.REVIEW, Kind.ASSIGN: Kind.ASSIGN, Kind.DELETE: Kind.RESTORE}


def can_be_undone(job: Job, by: User) -> bool:
    """Whether this person may take the job back now; nobody takes another's back."""
    return (
        job.kind in UNDONE_BY
        and job.requested_by_id == by.pk
        and not job.is_active
        and job.undoes_id is None
        and not hasattr(job, "undone_by")
        and job.items.filter(outcome=JobItem.Outcome.DONE, image__isnull=False).exists()
    )


@tried_again
@transaction.atomic
def undo_job(*, job_id: int, by: User) -> Job:
    """Ask for a job that reverts what this one did, where nothing changed since.

    Raises NotFound, NotAllowed, and Conflict where there is nothing that could be taken back.
    """
    job = job_for(by, job_id)
    Job.objects.select_for_update().get(pk=job.pk)
    if not can_be_undone(job, by):
        raise Conflict("There is nothing here that you could take back.")
    return request_job(
        kind=UNDONE_BY[Kind(job.kind)],
        by=by,
        title=f"Undo: {job.title}",
        options=job.options,
        undoes=job,
    )
