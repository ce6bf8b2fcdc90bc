"""A worker that takes pictures or jobs says so every few seconds; others keep quiet."""

import logging
from itertools import pairwise

import pytest
from celery import Celery
from celery.signals import heartbeat_sent, worker_ready
from django.core.cache import cache

from labelling.liveness import SILENCE, worker_is_silent
from worker import heartbeat
from worker.broker import JOBS
from worker.heartbeat import Pulse


@pytest.fixture
def consuming(monkeypatch: pytest.MonkeyPatch) -> Celery:
    """This process, as a worker for the queue ``inference``."""
    app = Celery("pulse", set_as_current=False)
    app.amqp.queues.select(["default", "inference"])
    monkeypatch.setattr(heartbeat, "current_app", app)
    return app


def test_a_worker_for_pictures_is_seen_from_its_first_moment(consuming: Celery) -> None:
    assert worker_is_silent()
    Pulse().beat()
    assert not worker_is_silent()


def test_a_worker_for_training_speaks_for_this_alone(consuming: Celery) -> None:
    consuming.amqp.queues.select(["training"])
    Pulse().beat()
    assert worker_is_silent()
    assert worker_is_silent(JOBS)
    assert not worker_is_silent("training")


def test_a_worker_for_jobs_speaks_for_these_alone(consuming: Celery) -> None:
    consuming.amqp.queues.select(["jobs"])
    Pulse().beat()
    assert worker_is_silent()
    assert not worker_is_silent(JOBS)


def test_one_worker_for_all_speaks_for_both(consuming: Celery) -> None:
    consuming.amqp.queues.select(["default", "inference", "jobs"])
    Pulse().beat()
    assert not worker_is_silent()
    assert not worker_is_silent(JOBS)


def test_it_speaks_at_most_every_few_seconds_and_often_enough(
    consuming: Celery, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr("worker.heartbeat.time.monotonic", lambda: now)
    said: list[float] = []
    monkeypatch.setattr(heartbeat, "record_worker_seen", lambda queue: said.append(now))
    consuming.amqp.queues.select(["inference"])
    pulse = Pulse()
    for _ in range(31):  # Celery's own heart beats every two seconds
        pulse.beat()
        now += 2
    gaps = [after - before for before, after in pairwise(said)]
    assert set(gaps) == {6.0}
    assert max(gaps) <= 10 < SILENCE


def test_a_cache_that_is_away_does_not_stop_the_worker(
    consuming: Celery, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_: object, **__: object) -> None:
        raise ConnectionError("away")

    monkeypatch.setattr(cache, "set", away)
    with caplog.at_level(logging.WARNING):
        Pulse().beat()
    assert "No sign of life could be left: away" in caplog.text


def test_it_hangs_on_celerys_own_heart(monkeypatch: pytest.MonkeyPatch) -> None:
    for signal in (worker_ready, heartbeat_sent):
        cache.clear()
        app = Celery("pulse", set_as_current=False)
        app.amqp.queues.select(["inference"])
        monkeypatch.setattr(heartbeat, "current_app", app)
        monkeypatch.setattr(heartbeat.pulse, "_last", float("-inf"))
        signal.send(sender=None)
        assert not worker_is_silent()
