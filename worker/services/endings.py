"""How a run ends without a new version: failed, cancelled, or queued again."""

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from classifier.queries import production_version
from worker.models import Alert, TrainingRun
from worker.models.training import RunQuerySet
from worker.services.alerts import raise_alert
from worker.services.lease import MAX_ATTEMPTS

State = TrainingRun.State
FAILED_TRAINING = "training"  # the alert's key


def fail(run: TrainingRun, reason: str) -> None:
    """End our attempt in words. A run that somebody wanted cancelled ends as cancelled."""
    outcome = f"failed: {reason}{still_answers()}"
    if not finish(TrainingRun.objects.held(run), State.FAILED, outcome):
        confirm_cancelled(run)


def skip_after_all(run: TrainingRun, reason: str) -> None:
    """End our attempt because nothing is left to learn from. One to be cancelled is cancelled."""
    if not finish(TrainingRun.objects.held(run), State.SKIPPED, f"skipped: {reason}"):
        confirm_cancelled(run)


def confirm_cancelled(run: TrainingRun) -> bool:
    """End our attempt because that was asked for; False where it was not."""
    asked = attempt(run).filter(cancel_asked_at__isnull=False).select_related("cancelled_by")
    row = asked.first()
    return row is not None and finish(asked, State.CANCELLED, cancelled_words(row))


def take_back(run: TrainingRun, rows: RunQuerySet, *, lost: str) -> bool:
    """Free a run whose worker is gone: cancelled if that was asked, else resumed, at most twice.

    ``rows`` is the run's row while it is as we saw it, ``lost`` says what became of the worker.
    False where it changed meanwhile.
    """
    if run.cancel_asked_at is not None:
        return finish(rows, State.CANCELLED, cancelled_words(run))
    rows = rows.filter(cancel_asked_at__isnull=True)
    if run.attempts >= MAX_ATTEMPTS:
        outcome = f"failed: {lost}, {MAX_ATTEMPTS} times in a row.{still_answers()}"
        return finish(rows, State.FAILED, outcome)
    step = f"{lost}; waiting for a worker to begin again"
    return bool(
        rows.update(
            state=State.QUEUED, sent_at=None, heartbeat_at=None, progress=0.0, step=step[:120]
        )
    )


def attempt(run: TrainingRun) -> RunQuerySet:
    """The row while it is in this attempt, whether it is to be cancelled or not."""
    return TrainingRun.objects.filter(pk=run.pk, state=State.RUNNING, attempts=run.attempts)


@transaction.atomic
def finish(rows: RunQuerySet, state: str, outcome: str) -> bool:
    """End the run, if it is still among ``rows``."""
    now = timezone.now()
    ended = bool(rows.update(state=state, finished_at=now, step="", outcome=outcome[:500]))
    if ended and state == State.FAILED:
        raise_alert(
            key=FAILED_TRAINING,
            kind=Alert.Kind.TRAINING,
            sentence=f"A training {outcome}",
            advice="The trainer's log says more. Ask for the training again once it is mended; "
            "the next one that ends well ends this alert.",
            link=reverse("dashboard"),
        )
    return ended


def cancelled_words(run: TrainingRun) -> str:
    who = run.cancelled_by or "somebody at the command line"
    return f"cancelled: {who} stopped it.{still_answers()}"


def still_answers() -> str:
    """What people ask first when something ended badly."""
    live = production_version()
    return f" Version {live.number} answers as before." if live else ""
