"""Workers per queue: real ones, none, and one that was seen and does not answer."""

from collections.abc import Iterator

import pytest
from celery import Celery, current_app
from celery.contrib.testing.worker import start_worker

from aivh.doctor import workers
from aivh.doctor.finding import Doubtful, Wrong
from labelling.liveness import record_worker_seen
from tests.aivh.doctor.saying import doubt, failure
from tests.site import free_port, wait_for
from worker.broker import INFERENCE, JOBS, send


@pytest.fixture(autouse=True)
def _empty_queues(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(workers, "ANSWERS_WITHIN", 0.5)
    purge()
    yield
    purge()


def purge() -> None:
    with current_app.connection_for_write() as connection:
        for queue in workers.queues():
            connection.default_channel.queue_purge(queue)


def test_every_queue_that_tasks_go_to_is_looked_at() -> None:
    assert workers.queues() == ["default", "inference", "jobs", "training"]


def test_nobody_takes_anything() -> None:
    wrong = failure(workers.workers)
    assert wrong.words == (
        "Nobody takes default (0 waiting), inference (0 waiting), jobs (0 waiting), "
        "training (0 waiting)"
    )
    assert wrong.todo == (
        "Start the site with `manage.py up`; where workers run by themselves, "
        "`manage.py work inference`, `manage.py work jobs`, `manage.py work training`."
    )


def test_what_waits_is_counted() -> None:
    assert send("run_job", 1)
    assert "jobs (1 waiting)" in failure(workers.workers).words


@pytest.fixture
def short_worker() -> Iterator[None]:
    """A worker for what is short and for trainings; nobody takes pictures or jobs."""
    app: Celery = current_app._get_current_object()
    with start_worker(
        app, pool="solo", perform_ping_check=False, queues=["default", "training"], loglevel="ERROR"
    ):
        yield


def test_one_that_was_seen_and_does_not_answer(
    short_worker: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked again where the worker answers late, because others are at work on this machine."""
    monkeypatch.setattr(workers, "ANSWERS_WITHIN", 1.0)
    nobody = "Nobody takes inference (0 waiting), jobs (0 waiting)"
    wait_for(lambda: failure(workers.workers).words == nobody)
    for queue in (INFERENCE, JOBS):
        record_worker_seen(queue)
    silent = "Who takes inference (0 waiting), jobs (0 waiting) was seen lately"
    told: list[Wrong] = []

    def is_said() -> bool:
        with pytest.raises(Wrong) as raised:
            workers.workers()
        told.append(raised.value)
        return raised.value.words.startswith(silent)

    wait_for(is_said)
    assert isinstance(told[-1], Doubtful)
    assert "start it again" in told[-1].todo


def test_without_a_broker_nobody_can_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = Celery("closed", broker=f"redis://127.0.0.1:{free_port()}/0", set_as_current=False)
    closed.conf.update(broker_transport_options=current_app.conf.broker_transport_options)
    monkeypatch.setattr(workers, "current_app", closed)
    assert doubt(workers.workers).words == "It cannot be told without Redis or Valkey"
