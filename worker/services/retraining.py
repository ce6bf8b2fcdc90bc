"""Retraining, from the request to its outcome: asked for, claimed, trained, concluded."""

import logging
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from classifier.errors import AivhError, NoModel
from classifier.models import ModelVersion
from classifier.queries import origin_of, production_version
from classifier.serving import registry, serving_detector
from classifier.training.progress import part
from classifier.training.refit import refit
from labelling.errors import Conflict
from labelling.models import User
from labelling.permissions import check_may_administer
from worker.broker import send
from worker.models import TrainingRun
from worker.services.examples import collect_examples, learned_before
from worker.services.new_labels import count_new_labels
from worker.services.progress import Abandoned, Reporter
from worker.services.promotion import conclude
from worker.services.snapshots import freeze_snapshot

log = logging.getLogger(__name__)

State = TrainingRun.State
UNDER_WAY = "A retraining is under way already. Its progress is on the dashboard."


def request_retraining(*, by: User | None, dispatch: bool = True) -> TrainingRun:
    """Ask for a retraining; it comes back queued, or skipped with the reason in words.

    ``by`` is None for the command line. ``dispatch=False`` leaves the run to the caller.
    Raises NotAllowed, NoModel, and Conflict while another one is queued or running.
    """
    if by is not None:
        check_may_administer(by)
    if production_version() is None:
        raise NoModel("There is no version to start from yet.")
    if TrainingRun.objects.filter(state__in=TrainingRun.ACTIVE).exists():
        raise Conflict(UNDER_WAY)
    new, needed = count_new_labels(), settings.RETRAIN_MIN_NEW_LABELS
    if new < needed:
        return skip(by, f"skipped: {new} new {'label' if new == 1 else 'labels'}, needs {needed}")
    return enqueue(by, dispatch=dispatch)


def skip(by: User | None, outcome: str) -> TrainingRun:
    now = timezone.now()
    return TrainingRun.objects.create(
        state=State.SKIPPED, requested_by=by, outcome=outcome, finished_at=now
    )


def enqueue(by: User | None, *, dispatch: bool) -> TrainingRun:
    """Make the run; of two requests at the same moment the constraint lets one through."""
    try:
        with transaction.atomic():
            run = TrainingRun.objects.create(
                requested_by=by, step="waiting for a worker", sent_at=timezone.now()
            )
            if dispatch:
                transaction.on_commit(partial(send_run, run.pk))
            return run
    except IntegrityError as error:
        raise Conflict(UNDER_WAY) from error


def send_run(run_id: int) -> None:
    """Put a run on the queue; where the broker is away the sweeper does it later."""
    if not send("retrain", run_id):
        TrainingRun.objects.filter(pk=run_id).update(sent_at=None)


def run_retraining(run_id: int) -> None:
    """Do a retraining that was asked for. Running it twice is harmless: one claims it."""
    if not claim(run_id):
        return
    run = TrainingRun.objects.get(pk=run_id)
    try:
        train(run)
    except Abandoned:
        log.warning("%s was given up by the sweeper and stops.", run)
    except AivhError as error:
        fail(run, error.message)
    except Exception:
        log.exception("%s failed.", run)
        fail(run, "Something went wrong that should not have; the log says what.")
    except BaseException:  # Ctrl-C, SIGTERM, Celery's hard stop
        fail(run, "It was stopped before it was done.")
        raise


def claim(run_id: int) -> bool:
    """Take a queued run by a conditional UPDATE: True for one caller only."""
    now = timezone.now()
    queued = TrainingRun.objects.filter(pk=run_id, state=State.QUEUED)
    return bool(queued.update(state=State.RUNNING, started_at=now, heartbeat_at=now))


def train(run: TrainingRun) -> None:
    """Freeze, collect, refit, conclude; each step is reported."""
    report = Reporter(run)
    version, detector = serving_detector()
    report(0.0, "freezing a snapshot of what is settled")
    run.parent, run.snapshot = version, freeze_snapshot()
    run.save(update_fields=["parent", "snapshot"])
    learned, collecting = learned_before(), part(report, 0.05, 0.5)
    train, gold = collect_examples(run.snapshot, version, detector, learned, collecting)
    with TemporaryDirectory(prefix="aivh-training-") as folder:
        result = refit(
            parent=detector.bundle.path,
            origin=registry().get(origin_of(version).reference),
            train=train,
            gold=gold,
            out=Path(folder) / f"refit-{run.pk}",
            lineage=lineage(run, version),
            learned=learned,
            progress=part(report, 0.5, 0.95),
        )
        report(0.95, "registering the new version")
        conclude(run, result)


def lineage(run: TrainingRun, version: ModelVersion) -> dict[str, object]:
    """What the bundle says of its origin, beside what the refit adds itself."""
    assert run.snapshot is not None
    return {
        "snapshot": run.snapshot.digest,
        "run": run.pk,
        "parent_version": version.number,
    }


def fail(run: TrainingRun, reason: str) -> None:
    """End the run in words. What is promoted already stays so."""
    number = run.parent.number if run.parent else None
    still = f" Version {number} answers as before." if number else ""
    TrainingRun.objects.filter(pk=run.pk, state=State.RUNNING).update(
        state=State.FAILED,
        finished_at=timezone.now(),
        outcome=f"failed: {reason}{still}"[:500],
    )
