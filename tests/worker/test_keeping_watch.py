"""Who keeps watch, what a worker says of its work, and what fails meanwhile."""

import logging

import pytest
from celery import Celery
from celery.signals import beat_init, task_postrun, task_prerun
from django.core.cache import cache

from aivh import webserver
from worker import vigil, work_signs
from worker.alerts import open_alerts
from worker.models import Alert
from worker.silence import Signs, Vigil
from worker.work_signs import last_work


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the threads that were begun; none runs."""
    names: list[str] = []

    class Thread:
        def __init__(self, *, target: object, name: str, daemon: bool) -> None:
            assert daemon, "nobody waits for it at the end"
            self.name = name

        def start(self) -> None:
            names.append(self.name)

    monkeypatch.setattr("worker.vigil.threading.Thread", Thread)
    return names


def test_beat_and_each_process_of_the_web_server_keep_watch(started: list[str]) -> None:
    beat_init.send(sender=None)
    webserver.post_worker_init(object())
    assert started == ["vigil", "vigil"]


def test_a_round_raises_and_sends(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    monkeypatch.setattr(vigil.connections, "close_all", lambda: None)
    monkeypatch.setattr(vigil, "deliver_due", lambda: sent.append("now"))
    monkeypatch.setattr(vigil, "signs", lambda: Signs(7, 7, 0, failing=3))
    vigil.round_of(Vigil())
    assert open_alerts().get().kind == Alert.Kind.HEARTBEAT
    assert sent == ["now"]


def test_a_round_that_fails_is_told_and_not_the_last(
    db: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away() -> Signs:
        raise ConnectionError("at postgres://me:secret@db")

    monkeypatch.setattr(vigil.connections, "close_all", lambda: None)
    monkeypatch.setattr(vigil, "signs", away)
    with caplog.at_level(logging.WARNING):
        vigil.round_of(Vigil())
    assert "goes on later: ConnectionError" in caplog.text
    assert "secret" not in caplog.text


@pytest.fixture
def consuming(monkeypatch: pytest.MonkeyPatch) -> Celery:
    """This process, as a worker for pictures."""
    app = Celery("work", set_as_current=False)
    app.amqp.queues.select(["default", "inference"])
    monkeypatch.setattr(work_signs, "current_app", app)
    return app


def test_a_worker_for_trainings_says_nothing_of_pictures(consuming: Celery) -> None:
    consuming.amqp.queues.select(["training"])
    work_signs.say(begun=True)
    assert last_work() is None


def test_a_worker_says_when_it_begins_and_ends_a_task(consuming: Celery) -> None:
    assert last_work() is None
    task_prerun.send(sender=None)
    begun = last_work()
    assert begun is not None
    assert begun.begun
    task_postrun.send(sender=None)
    done = last_work()
    assert done is not None
    assert not done.begun
    assert done.at > begun.at


def test_without_a_cache_it_works_on(
    consuming: Celery, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_: object, **__: object) -> None:
        raise ConnectionError("away")

    monkeypatch.setattr(cache, "set", away)
    monkeypatch.setattr(cache, "get", away)
    work_signs.say(begun=True)
    assert "could not be said" in caplog.text
    assert last_work() is None
