"""What becomes of a job whose worker fell silent."""

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from worker.broker import JOBS, UNREACHABLE, depth
from worker.models import Job, WebhookEvent
from worker.services.jobs.lease import attempt
from worker.services.jobs.requests import send_job
from worker.services.lease import MAX_ATTEMPTS, SILENT_AFTER
from worker.services.webhooks.events import note_event

log = logging.getLogger(__name__)

State = Job.State
RESEND_AFTER = timedelta(seconds=60)
LOST = f"Its worker was lost {MAX_ATTEMPTS} times in a row. What was done stays done."


def take_back_silent() -> int:
    """Free the jobs whose worker gives no sign of life; return how many."""
    silent = Job.objects.filter(state=State.RUNNING, heartbeat_at__lt=timezone.now() - SILENT_AFTER)
    return sum(
        take_back(job, attempt(job).filter(heartbeat_at=job.heartbeat_at), lost="fell silent")
        for job in silent
    )


def take_back(job: Job, rows: QuerySet[Job], *, lost: str) -> int:
    """Queued again, at most twice in a row; ended where that was asked for, or after so many.

    ``rows`` is the job's row while it is as we saw it, ``lost`` says what its worker did.
    """
    ended = {"finished_at": timezone.now(), "step": ""}
    if job.cancel_asked_at is not None:
        outcome = "Cancelled. What was done stays done."
        return rows.update(state=State.CANCELLED, outcome=outcome, **ended)
    if job.attempts + 1 >= MAX_ATTEMPTS:
        return fail(job, rows, outcome=LOST, **ended)
    step = f"its worker {lost}; waiting for another"
    return rows.filter(cancel_asked_at__isnull=True).update(
        state=State.QUEUED,
        sent_at=None,
        heartbeat_at=None,
        step=step,
        attempts=job.attempts + 1,
    )


@transaction.atomic
def fail(job: Job, rows: QuerySet[Job], **columns: object) -> int:
    """End a job as failed, if its row is still as ``rows`` says, and let that be told."""
    failed = rows.update(state=State.FAILED, **columns)
    if failed:
        note_event(WebhookEvent.Kind.JOB_FAILED, job.pk)
    return failed


def hand_over(job: Job) -> None:
    """Queue a job behind those that wait. One that is to be cancelled is cancelled."""
    rows = attempt(job)
    given = rows.filter(cancel_asked_at__isnull=True).update(
        state=State.QUEUED,
        sent_at=timezone.now(),
        heartbeat_at=None,
        step="letting other jobs go first",
    )
    if given:
        send_job(job.pk)
    else:
        job.refresh_from_db(fields=["cancel_asked_at"])
        take_back(job, rows, lost="let others go first")


def send_waiting_jobs() -> None:
    """Send the jobs that nobody has begun with again, the oldest first.

    Those that are on the queue still are not sent again and again behind a long job.
    """
    now = timezone.now()
    late = Q(sent_at__isnull=True) | Q(sent_at__lt=now - RESEND_AFTER)
    waiting = list(Job.objects.filter(late, state=State.QUEUED).order_by("pk"))
    try:
        lost = len(waiting) - depth(JOBS) if waiting else 0
    except UNREACHABLE as error:
        log.warning("The queue does not answer: %s", error)
        return
    for job in waiting[: max(0, lost)]:
        if Job.objects.filter(late, pk=job.pk, state=job.state).update(sent_at=now):
            send_job(job.pk)
