"""Doing a job: taken by one worker, done by the handler of its kind, ended in one sentence."""

import logging

from django.utils import timezone

from classifier.errors import AivhError
from worker.models import Job
from worker.outages import DATABASE_AWAY
from worker.services.jobs.endings import fail, hand_over
from worker.services.jobs.handlers import HANDLERS
from worker.services.jobs.lease import attempt, claim, heartbeat
from worker.services.jobs.work import Abandoned, Cancelled, Ending, GiveWay, Work
from worker.time_limit import TimeRanOut

log = logging.getLogger(__name__)

State = Job.State
LONGEST_OUTCOME = 500
TOO_LONG = "It took longer than a job may. What was done stays done; ask for the rest again."
BROKE = "It broke on our side; your administrator finds the reason in the log."


def run_job(job_id: int) -> None:
    """Do a job that was asked for. Safe to call twice: of two callers one does it.

    1. Take the row; whoever does not get it leaves.
    2. Let the handler of the kind work, while a heartbeat tells that we are alive.
    3. End in words: done, cancelled or failed. One that another worker has by now is left alone.
    """
    job = claim(job_id)
    if job is None:
        return
    work = Work(job)
    with heartbeat(job):
        try:
            _end(work, State.DONE, HANDLERS[Job.Kind(job.kind)](work))
        except GiveWay:
            hand_over(job)
        except Abandoned:
            log.warning("%s is in other hands; this worker leaves it.", job)
        except Cancelled as asked:
            _end(work, State.CANCELLED, Ending(str(asked) or _stopped(job)))
        except AivhError as error:
            _end(work, State.FAILED, Ending(error.message))
        except DATABASE_AWAY:  # the sweeper gives the job to another
            log.exception("%s lost the database.", job)
        except TimeRanOut:
            _end(work, State.FAILED, Ending(TOO_LONG))
        except Exception:
            log.exception("%s broke.", job)
            _end(work, State.FAILED, Ending(BROKE))


def _end(work: Work, state: str, ending: Ending) -> None:
    try:
        if state != State.FAILED:
            work.write()
    except Abandoned:
        log.warning("%s was ended by somebody else.", work.job)
        return
    columns: dict[str, object] = {
        "finished_at": timezone.now(),
        "step": "",
        "outcome": ending.outcome[:LONGEST_OUTCOME],
    }
    if ending.result:  # else the row keeps the name of a file that is still to be deleted
        columns["result"] = ending.result
    if state == State.FAILED:
        fail(work.job, attempt(work.job), **columns)
    else:
        attempt(work.job).update(state=state, **columns)


def _stopped(job: Job) -> str:
    row = Job.objects.get(pk=job.pk)
    if row.total is None:
        return "Stopped before it was done."
    return f"Stopped at {row.done} of {row.total}. What was done stays done."
