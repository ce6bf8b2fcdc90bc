"""A trainer that is told to stop frees its run at once, and notices at its next step."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from celery.signals import worker_shutting_down
from celery.worker import state
from django.db import DatabaseError
from django.utils import timezone

from labelling.models import User
from worker import stopping
from worker.models import TrainingRun
from worker.services.lease import Lease, claim
from worker.services.progress import Abandoned, Reporter

State = TrainingRun.State
pytestmark = pytest.mark.django_db(transaction=True)  # the connection is closed


@dataclass(eq=False)  # Celery keeps them in a set
class Request:
    """What Celery knows of a task that runs now."""

    name: str
    args: list[object]


@pytest.fixture
def run() -> TrainingRun:
    made = TrainingRun.objects.create()
    claim(made.pk)
    made.refresh_from_db()
    return made


@pytest.fixture
def training(run: TrainingRun) -> Iterator[Request]:
    """This worker's main process while a child of it trains the run."""
    request = Request(name="worker.tasks.retrain", args=[run.pk])
    state.active_requests.add(request)
    yield request
    state.active_requests.discard(request)


def stop() -> None:
    """What Celery does first when SIGTERM comes."""
    worker_shutting_down.send(sender="training@here", sig="SIGTERM", how="Warm", exitcode=0)


def test_the_run_is_queued_again_and_the_trainer_stops(run: TrainingRun, training: Request) -> None:
    report = Reporter(Lease(run))
    report(0.5, "learning a new head")

    stop()

    run_now = TrainingRun.objects.get()
    assert (run_now.state, run_now.sent_at, run_now.attempts) == (State.QUEUED, None, 1)
    assert run_now.step.startswith("the worker that had it was stopped; waiting")
    with pytest.raises(Abandoned):
        report(0.6, "learning still")


def test_also_where_another_worker_has_begun_with_it_already(
    run: TrainingRun, training: Request
) -> None:
    first = Reporter(Lease(run))
    stop()
    assert claim(run.pk)
    with pytest.raises(Abandoned):
        first(0.6, "learning still")
    second = TrainingRun.objects.get()
    assert (second.state, second.attempts, second.progress) == (State.RUNNING, 2, 0.0)
    Reporter(Lease(second))(0.1, "learning anew")


def test_a_run_that_was_to_be_cancelled_ends_so(
    run: TrainingRun, training: Request, administrator: User
) -> None:
    TrainingRun.objects.update(cancel_asked_at=timezone.now(), cancelled_by=administrator)
    stop()
    run.refresh_from_db()
    assert (run.state, run.outcome) == (State.CANCELLED, "cancelled: alex stopped it.")


def test_the_third_stop_in_a_row_ends_it(run: TrainingRun, training: Request) -> None:
    TrainingRun.objects.update(attempts=3)
    stop()
    run.refresh_from_db()
    assert run.state == State.FAILED
    assert run.outcome == "failed: the worker that had it was stopped, 3 times in a row."


def test_what_other_workers_do_is_left_alone(run: TrainingRun) -> None:
    other = Request(name="worker.tasks.classify", args=["an-id"])
    state.active_requests.add(other)
    stop()
    state.active_requests.discard(other)
    run.refresh_from_db()
    assert run.state == State.RUNNING


def test_a_run_that_has_ended_meanwhile_stays_as_it_is(run: TrainingRun, training: Request) -> None:
    TrainingRun.objects.update(state=State.PROMOTED, outcome="promoted: so it is")
    stop()
    run.refresh_from_db()
    assert (run.state, run.outcome) == (State.PROMOTED, "promoted: so it is")


def test_a_database_that_is_away_does_not_keep_the_worker_from_stopping(
    run: TrainingRun, training: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise DatabaseError("gone")

    monkeypatch.setattr(stopping, "take_back", away)
    stop()
    run.refresh_from_db()
    assert run.state == State.RUNNING


def test_a_long_step_gives_signs_of_life_and_counts_its_minutes(
    run: TrainingRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.services.signs_of_life.BEAT", 0.01)
    long_ago = timezone.now() - timedelta(hours=1)
    TrainingRun.objects.update(heartbeat_at=long_ago)
    with Lease(run) as lease:
        lease._counted -= 120  # two minutes ago
        while TrainingRun.objects.get().heartbeat_at == long_ago:
            pass
    row = TrainingRun.objects.get()
    assert row.heartbeat_at is not None
    assert timezone.now() - row.heartbeat_at < timedelta(minutes=1)
    assert 2 <= row.minutes < 3


def test_a_lost_run_is_not_revived_by_its_thread(
    run: TrainingRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.services.signs_of_life.BEAT", 0.01)
    long_ago = timezone.now() - timedelta(hours=1)
    TrainingRun.objects.update(heartbeat_at=long_ago, attempts=2)
    with Lease(run) as lease:
        lease._thread.join(timeout=30)
        assert not lease._thread.is_alive()
    assert TrainingRun.objects.get().heartbeat_at == long_ago
