"""A program of its own, run by ``test_killing.py``: trainers that are killed by signal 9.

``python -m tests.worker.killing`` has a trainer killed at each stage of a retraining, on the
database that the environment names, which is migrated, lets the sweeper and a second trainer do
their work, and prints what was seen as JSON. Each trainer is a process of its own, forked from one
that never opened the detector, so that it costs no start.
"""

import json
import multiprocessing
import os
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import Any, NoReturn
from unittest.mock import patch

import django

os.environ["AIVH_SHADOW_PICTURES"] = "0"  # what passes the gate goes live at once
django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from classifier.models import ModelVersion  # noqa: E402
from classifier.queries import production_version  # noqa: E402
from classifier.services import promote_version, register_version  # noqa: E402
from classifier.vocabulary import Label  # noqa: E402
from labelling.models import User  # noqa: E402
from tests.worker.conftest import settle_pictures  # noqa: E402
from tests.worker.small import small_bundle  # noqa: E402
from worker import sweeper  # noqa: E402
from worker.models import DatasetSnapshot, TrainingRun  # noqa: E402
from worker.services import examples, lease, promotion, retraining, snapshots  # noqa: E402

# Where each trainer is killed: in the middle of freezing, between two pictures, in the fit, with
# the bundle stored and nothing written of it, with all written and nothing committed, and at the
# end, before anything but the database knows.
STAGES: dict[str, tuple[Any, str]] = {
    "freezing": (snapshots, "create_snapshot"),
    "collecting": (examples, "as_examples"),
    "refitting": (retraining, "refit"),
    "registering": (promotion, "record_version"),
    "concluding": (promotion, "settle"),
    "concluded": (retraining, "conclude"),
}
AFTER = ("concluding", "concluded")  # the others are killed before that function


def train_until(stage: str, run_id: int, there: Connection) -> None:
    """The trainer that is killed: it tells when it is there, and stays."""
    module, name = STAGES[stage]
    real: Callable[..., Any] = getattr(module, name)

    def stay(*given: Any, **named: Any) -> NoReturn:
        if stage in AFTER:
            real(*given, **named)
        there.send("reached")
        time.sleep(600)
        raise TimeoutError("nobody killed us")

    with patch.object(module, name, stay):
        retraining.run_retraining(run_id)
    there.send("it ended before")


def forked(work: Callable[..., None], *given: object) -> ForkProcess:
    """``work`` in a process of its own; connections are not to be shared with it."""
    connection.close()
    process = multiprocessing.get_context("fork").Process(target=work, args=given)
    process.start()
    return process


def kill_at(stage: str, run: TrainingRun) -> None:
    here, there = multiprocessing.Pipe()
    process = forked(train_until, stage, run.pk, there)
    try:
        assert here.poll(120), f"the trainer did not come to {stage}"
        assert here.recv() == "reached"
    finally:
        process.kill()
        process.join()


def finish(run: TrainingRun) -> None:
    """A second trainer, whom nobody disturbs."""
    process = forked(retraining.run_retraining, run.pk)
    process.join()
    assert process.exitcode == 0


def sweep_later(wait: timedelta) -> int:
    """Let the sweeper come when ``wait`` has passed."""
    moved = timezone.now() + wait
    with patch.object(timezone, "now", lambda: moved):
        return sweeper.take_back_silent_runs()


def state_of(run: TrainingRun) -> str:
    run.refresh_from_db()
    return f"{run.state} {run.attempts}"


def live() -> int:
    """The number of the version that answers; fails where there is not exactly one."""
    version = production_version()
    assert version is not None
    assert ModelVersion.objects.filter(state=ModelVersion.State.PRODUCTION).count() == 1
    return version.number


def new_labels(rosa: User, first: int) -> None:
    for label in Label:
        settle_pictures(label, range(first, first + 12), by=rosa)


def killed_once(stage: str) -> list[object]:
    """What is to be seen after the kill, a minute and ten minutes later, and in the end."""
    run = retraining.request_retraining(by=None, dispatch=False)
    before = live()
    kill_at(stage, run)
    seen: list[object] = [state_of(run), live() - before, ModelVersion.objects.count() - before]
    early = sweep_later(lease.SILENT_AFTER / 2)
    late = sweep_later(lease.SILENT_AFTER + timedelta(seconds=1))
    seen += [early, late, state_of(run)]
    finish(run)
    return [*seen, state_of(run), live() - before, ModelVersion.objects.count() - before]


def killed_each_time() -> list[object]:
    """A retraining that kills every trainer."""
    run, before = retraining.request_retraining(by=None, dispatch=False), live()
    seen: list[object] = []
    for _ in range(lease.MAX_ATTEMPTS):
        kill_at("refitting", run)
        sweep_later(lease.SILENT_AFTER + timedelta(seconds=1))
        seen.append(state_of(run))
    return [*seen, run.outcome, live() - before]


def main() -> dict[str, object]:
    bundle = small_bundle(Path(settings.DATA_DIR) / "small")
    promote_version(version=register_version(bundle=bundle.path))
    rosa = User.objects.create_user("rosa")
    seen: dict[str, object] = {}
    for number, stage in enumerate(STAGES):
        new_labels(rosa, 1000 * number)
        seen[stage] = killed_once(stage)
    new_labels(rosa, 9000)
    seen["each time"] = killed_each_time()
    seen["snapshots"] = DatasetSnapshot.objects.count()
    return seen


if __name__ == "__main__":
    json.dump(main(), sys.stdout)
