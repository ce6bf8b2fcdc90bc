"""Stopping a retraining that somebody does not want any more."""

from django.db import transaction
from django.utils import timezone

from labelling.errors import Conflict, NotFound
from labelling.models import User
from labelling.permissions import check_may_administer
from worker.models import TrainingRun
from worker.services.endings import cancelled_words

State = TrainingRun.State


@transaction.atomic
def cancel_run(*, run_id: int, by: User | None) -> TrainingRun:
    """Cancel a run: a queued one ends now, a running one at its trainer's next report.

    From this commit on nothing of it can be promoted. ``by`` is None for the command line. Asking
    twice is harmless. Raises NotAllowed, NotFound, and Conflict where it is over already.
    """
    if by is not None:
        check_may_administer(by)
    run = TrainingRun.objects.select_for_update().filter(pk=run_id).first()
    if run is None:
        raise NotFound("There is no such retraining.")
    if not run.is_active:
        raise Conflict(f"This retraining is over already. It ended so: {run.outcome or run.state}")
    if run.cancel_asked_at is None:
        ask(run, by)
    return run


def ask(run: TrainingRun, by: User | None) -> None:
    run.cancelled_by, run.cancel_asked_at = by, timezone.now()
    run.step = "stopping, because it was cancelled"
    if run.state == State.QUEUED:
        run.state, run.finished_at = State.CANCELLED, run.cancel_asked_at
        run.outcome, run.step = cancelled_words(run), ""
    run.save(
        update_fields=["state", "step", "outcome", "finished_at", "cancelled_by", "cancel_asked_at"]
    )
