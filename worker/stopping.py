"""A worker that is told to stop hands its run or job back, so that another can begin at once.

Celery waits for the task to end, and whoever told it to stop does not wait that long. So the row
is freed in the first moment; the task hears of it at its next report and ends.
"""

import logging
from typing import Any

from celery.signals import worker_shutting_down
from celery.worker import state
from django.db import connection

from worker.models import Job, TrainingRun
from worker.services.endings import attempt, take_back
from worker.services.jobs import endings as job_endings
from worker.services.jobs.lease import attempt as attempt_at_job

log = logging.getLogger(__name__)

RETRAIN = "worker.tasks.retrain"
RUN_JOB = "worker.tasks.run_job"


@worker_shutting_down.connect
def hand_back(**_: Any) -> None:
    """Runs in the handler of the signal, in the worker's main process."""
    for request in tuple(state.active_requests):
        if request.name == RETRAIN:
            hand_back_run(*request.args)
        if request.name == RUN_JOB:
            hand_back_job(*request.args)


def hand_back_run(run_id: int) -> None:
    try:
        rows = TrainingRun.objects.select_related("cancelled_by")
        run = rows.filter(pk=run_id, state=TrainingRun.State.RUNNING).first()
        if run is not None:
            take_back(run, attempt(run), lost="the worker that had it was stopped")
    except Exception:  # the sweeper does it later; the worker must stop all the same
        log.exception("Training %s could not be handed back.", run_id)
    finally:
        connection.close()


def hand_back_job(job_id: int) -> None:
    try:
        job = Job.objects.filter(pk=job_id, state=Job.State.RUNNING).first()
        if job is not None:
            job_endings.take_back(job, attempt_at_job(job), lost="was stopped")
    except Exception:  # the sweeper does it later; the worker must stop all the same
        log.exception("Job %s could not be handed back.", job_id)
    finally:
        connection.close()
