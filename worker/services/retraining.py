"""Retraining, from the request to its outcome: asked for, claimed, trained, concluded."""

import logging
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from classifier.detector.detector import Detector
from classifier.errors import AivhError, NoModel
from classifier.models import ModelVersion
from classifier.queries import origin_of, production_version
from classifier.serving import registry, serving_detector
from classifier.training.progress import Progress, part
from classifier.training.refit import RefitResult, refit
from labelling.errors import Conflict, InvalidRequest
from labelling.models import User
from labelling.permissions import check_may_administer
from worker.broker import send
from worker.models import Kind, TrainingRun, Trigger
from worker.services.endings import confirm_cancelled, fail, skip_after_all
from worker.services.examples import NothingToLearn, collect_examples, learned_before
from worker.services.finetuning import Task, check_torch, finetune_network
from worker.services.lease import Lease, claim
from worker.services.new_labels import count_new_labels
from worker.services.progress import Abandoned, Reporter
from worker.services.promotion import conclude
from worker.services.snapshots import freeze_snapshot
from worker.time_limit import TimeRanOut

log = logging.getLogger(__name__)

State = TrainingRun.State
UNDER_WAY = "A retraining is under way already. Its progress is on the dashboard."


def request_retraining(
    *, by: User | None, kind: str = Kind.REFIT, dispatch: bool = True
) -> TrainingRun:
    """Ask for a retraining; it comes back queued, or skipped with the reason in words.

    ``by`` is None for the command line. ``dispatch=False`` leaves the run to the caller.
    Raises NotAllowed, InvalidRequest (no such kind), NoModel, and Conflict while another one is
    queued or running.
    """
    if by is not None:
        check_may_administer(by)
    if kind not in Kind.values:
        raise InvalidRequest("Ask for a refit or a fine-tuning.")
    if production_version() is None:
        raise NoModel("There is no version to start from yet.")
    if TrainingRun.objects.filter(state__in=TrainingRun.ACTIVE).exists():
        raise Conflict(UNDER_WAY)
    asked = {"requested_by": by, "trigger": Trigger.PERSON if by else Trigger.COMMAND, "kind": kind}
    new, needed = count_new_labels(), settings.RETRAIN_MIN_NEW_LABELS
    if new < needed:
        few = f"skipped: {new} new {'label' if new == 1 else 'labels'}, needs {needed}"
        return skip(few, **asked)
    return enqueue(dispatch=dispatch, **asked)


def skip(outcome: str, **asked: object) -> TrainingRun:
    now = timezone.now()
    return TrainingRun.objects.create(
        state=State.SKIPPED, outcome=outcome, finished_at=now, **asked
    )


def enqueue(*, dispatch: bool = True, **asked: object) -> TrainingRun:
    """Make a run with the fields ``asked``; the constraint lets one of two at a time through.

    Raises Conflict.
    """
    try:
        with transaction.atomic():
            run = TrainingRun.objects.create(
                step="waiting for a worker", sent_at=timezone.now(), **asked
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
        with Lease(run) as lease:
            train(run, Reporter(lease))
    except Abandoned:
        if not confirm_cancelled(run):
            log.warning("%s was given to another worker, so this one stops.", run)
    except NothingToLearn as error:
        skip_after_all(run, error.message)
    except AivhError as error:
        fail(run, error.message)
    except TimeRanOut:
        fail(run, "It took longer than a retraining may take.")
    except Exception:
        log.exception("%s failed.", run)
        fail(run, "Something went wrong that should not have; the log says what.")
    except BaseException:  # Ctrl-C, or the end of this process
        fail(run, "It was stopped before it was done.")
        raise


def train(run: TrainingRun, report: Reporter) -> None:
    """Freeze, learn, conclude; each step is reported."""
    if run.kind == Kind.FINE_TUNE:
        check_torch()
    version, detector = serving_detector()
    report(0.0, "freezing a snapshot of what is settled")
    freeze(run, version, part(report, 0.0, 0.4))
    with TemporaryDirectory(prefix="aivh-training-") as folder:
        learn = learn_network if run.kind == Kind.FINE_TUNE else learn_head
        result = learn(run, version, detector, Path(folder), report)
        report(0.95, "registering the new version")
        conclude(run, result)


def freeze(run: TrainingRun, version: ModelVersion, progress: Progress) -> None:
    """Freeze what is settled. A run that is resumed goes on with what it froze before."""
    if run.snapshot is None or run.parent != version:
        run.parent, run.snapshot = version, freeze_snapshot(progress)
        held = TrainingRun.objects.held(run)
        if not held.update(parent=run.parent, snapshot=run.snapshot):
            raise Abandoned


def learn_head(
    run: TrainingRun, version: ModelVersion, detector: Detector, folder: Path, report: Reporter
) -> RefitResult:
    """A new head on the network that is in use: seconds, and without torch."""
    assert run.snapshot is not None
    learned, collecting = learned_before(), part(report, 0.4, 0.5)
    train, held_out = collect_examples(run.snapshot, version, detector, learned, collecting)
    return refit(
        parent=detector.bundle.path,
        origin=registry().get(origin_of(version).reference),
        train=train,
        held_out=held_out,
        out=folder / f"refit-{run.pk}",
        lineage=lineage(run, version),
        learned=learned,
        progress=part(report, 0.5, 0.95),
    )


def learn_network(
    run: TrainingRun, version: ModelVersion, detector: Detector, folder: Path, report: Reporter
) -> RefitResult:
    """A network that learns on from the settled pictures: minutes to hours, with torch."""
    assert run.snapshot is not None
    task = Task(version, detector, run.snapshot, lineage(run, version))
    return finetune_network(task, folder / f"fine-tuned-{run.pk}", part(report, 0.4, 0.95))


def lineage(run: TrainingRun, version: ModelVersion) -> dict[str, object]:
    """What the bundle says of its origin, beside what the refit adds itself."""
    assert run.snapshot is not None
    return {
        "snapshot": run.snapshot.digest,
        "run": run.pk,
        "parent_version": version.number,
    }
