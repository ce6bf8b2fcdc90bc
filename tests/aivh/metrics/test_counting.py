"""What processes count reaches a scrape, whoever forks, dies or hangs."""

import gc
import os
import threading
from collections.abc import Callable
from types import SimpleNamespace
from weakref import ref

import pytest
from django.test import Client
from redis.client import Pipeline

from aivh.metrics import shipping, tasks
from aivh.metrics.counters import REQUESTS, Counts, counters, field_of, observed
from aivh.metrics.shipping import OTHER_REQUESTS, Shipper, shipped, shipper
from labelling.models import User
from tests.aivh.metrics.scrape import scrape, series
from tests.site import wait_for


@pytest.fixture(autouse=True)
def nothing_counted() -> None:
    counters.take()


def request(route: str, status: int = 200) -> str:
    return field_of(REQUESTS, route, "GET", str(status))


def raising(error: type[Exception]) -> Callable[..., None]:
    def call(*_: object, **__: object) -> None:
        raise error

    return call


@pytest.mark.django_db
def test_requests_are_counted_by_template_method_and_status(outsider: User) -> None:
    client = Client()
    client.force_login(outsider)
    for number in range(3):
        client.get(f"/images/00000000-0000-0000-0000-00000000000{number}/")
    client.post("/predict"), client.get("/admin/login/"), client.get("/nothing/here")
    client.get("/health/live"), client.generic("BREW", "/nothing/here")

    found = scrape()

    def count(route: str, status: str, method: str = "GET") -> float:
        return found[series("aivh_http_requests_total", route=route, method=method, status=status)]

    assert count("/images/<uuid:image_id>/", "404") == 3
    assert count("/predict", "422", "POST") == 1
    assert count("/admin/", "200") == 1
    assert count("unmatched", "404") == 1
    assert count("unmatched", "404", "other") == 1
    assert count("/health/live", "200") == 1
    pages = series("aivh_http_request_duration_seconds_count", kind="page")
    assert found[pages] == 3


def test_many_threads_lose_nothing() -> None:
    own = Shipper()

    def work() -> None:
        for _ in range(500):
            counters.add({request("/"): 1.0})

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for _ in range(20):
        assert own.ship()
    for thread in threads:
        thread.join()

    assert own.ship()
    assert (shipped() or {})[request("/")] == 4000


def test_the_thread_sends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipping, "EVERY", 0.01)
    own = Shipper()
    own.count({request("/"): 1.0})

    wait_for(lambda: request("/") in (shipped() or {}))


def test_a_forked_process_begins_at_nothing_and_sends_its_own() -> None:
    shipper.count({request("/parent"): 1.0})
    child = os.fork()
    if child == 0:
        fresh = shipper._thread is None and counters.take() == {}
        counters.add({request("/child"): 1.0})
        os._exit(0 if fresh and shipper.ship() else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

    assert shipper.ship()
    found = shipped() or {}
    assert (found[request("/parent")], found[request("/child")]) == (1, 1)


def test_what_a_dead_redis_did_not_take_is_sent_later(
    settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = settings.CACHES
    settings.CACHES = {"default": {"LOCATION": "redis://127.0.0.1:1/0"}}
    own = Shipper()
    counters.add({request("/"): 1.0})
    assert not own.ship()
    counters.add({request("/"): 1.0})
    settings.CACHES, own._client = here, None

    assert own.ship()

    assert (shipped() or {})[request("/")] == 2


def test_an_error_that_nobody_foresaw_ends_no_thread_and_loses_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As redis-py raises a ValueError where its socket was closed by somebody else."""
    monkeypatch.setattr(shipping, "EVERY", 0.01)
    errors = [ValueError("I/O operation on closed file."), ValueError("again"), KeyError("other")]
    real, own = Shipper._send, Shipper()

    def send(self: Shipper, counts: Counts) -> None:
        if errors:
            raise errors.pop(0)
        real(self, counts)

    monkeypatch.setattr(Shipper, "_send", send)
    own.count({request("/"): 1.0})

    wait_for(lambda: request("/") in (shipped() or {}))
    assert (shipped() or {})[request("/")] == 1
    warned = [line.getMessage() for line in caplog.records if line.levelname == "WARNING"]
    assert warned == [
        "The metrics could not be sent, and are kept: ValueError: I/O operation on closed file.",
        "The metrics could not be sent, and are kept: KeyError: 'other'",
    ]


def test_after_an_error_that_nobody_foresaw_it_connects_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What such a connection would answer next may be the answer to something else."""
    own = Shipper()
    counters.add({request("/"): 1.0})
    assert own.ship()
    broken = own._client
    counters.add({request("/"): 1.0})
    with monkeypatch.context() as unforeseen:
        unforeseen.setattr(Pipeline, "execute", raising(ValueError))
        assert not own.ship()

    assert own.ship()
    assert own._client is not broken
    assert (shipped() or {})[request("/")] == 2


def test_a_client_that_is_let_go_while_it_sends_sends_to_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One that nobody holds closes its connections under whoever still uses them."""
    own, real = Shipper(), Pipeline.execute

    def execute(pipe: Pipeline, *args: bool) -> list[object]:
        held = ref(own._client)
        own._client = None
        gc.collect()
        assert held() is not None
        return real(pipe, *args)

    monkeypatch.setattr(Pipeline, "execute", execute)
    counters.add({request("/"): 1.0})
    assert own.ship()


@pytest.mark.django_db
def test_a_redis_that_hangs_delays_no_request_and_a_scrape_by_little(
    settings, silent_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shipping, "PATIENCE", 0.2)
    monkeypatch.setattr("aivh.metrics.processes.depth", lambda queue: 0)
    here = settings.CACHES
    silent = {**here["default"], "LOCATION": f"redis://127.0.0.1:{silent_port}/0"}
    move(settings, here | {"default": silent})
    with shipper._sending:  # as it is held for as long as Redis does not answer
        shipper.count({request("/"): 1.0})
    assert not shipper.ship()

    found = scrape(ship=False)

    assert found["aivh_redis_up", frozenset()] == 0
    assert not any(name.startswith("aivh_http") for name, _ in found)
    move(settings, here)


def move(settings, caches: dict[str, object]) -> None:
    """Let the shipper send elsewhere from now on.

    Not while its thread sends: that would then connect to where we were, and keep to it.
    """
    with shipper._sending:
        settings.CACHES, shipper._client = caches, None


def test_beyond_its_bound_all_others_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipping, "MOST_REQUESTS", 3)
    own = Shipper()
    for number in (1, 2, 3, 4, 5, 1):
        counters.add({request(f"/{number}"): 1.0})
        assert own.ship()

    assert shipped() == {
        request("/1"): 2,
        request("/2"): 1,
        request("/3"): 1,
        OTHER_REQUESTS: 2,
    }


def test_an_observation_is_a_bucket_and_a_sum() -> None:
    assert observed("x", "a", 0.05, (0.05, 1.0)) == {"x\ta\t0": 1.0, "x\ta\tsum": 0.05}
    assert "x\ta\t1" in observed("x", "a", 0.051, (0.05, 1.0))
    assert "x\ta\t2" in observed("x", "a", 7.0, (0.05, 1.0))


@pytest.mark.django_db
def test_tasks_are_counted_with_how_long_they_waited_and_ran(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    headers: dict[str, object] = {}
    tasks.note_sending(headers=headers)
    headers[tasks.SENT_AT] = float(str(headers[tasks.SENT_AT])) - 3.0
    task = SimpleNamespace(name="worker.tasks.classify", request=headers)
    tasks.note_beginning(task_id="1", task=task)
    tasks.note_end(task_id="1", task=task, state="SUCCESS")
    tasks.note_end(task_id="never begun", task=task, state="SUCCESS")

    found = scrape()

    ended = {"task": "classify"}
    assert found[series("aivh_tasks_total", outcome="success", **ended)] == 1
    assert found[series("aivh_tasks_total", outcome="failure", **ended)] == 0
    assert found[series("aivh_task_duration_seconds_count", **ended)] == 1
    assert found[series("aivh_task_wait_seconds_bucket", le="1.0", **ended)] == 0
    assert found[series("aivh_task_wait_seconds_bucket", le="5.0", **ended)] == 1
    assert found[series("aivh_task_wait_seconds_sum", **ended)] == pytest.approx(3, abs=0.5)


def test_a_countdown_is_no_waiting() -> None:
    headers: dict[str, object] = {"eta": "2100-01-01T00:00:00+00:00"}
    tasks.note_sending(headers=headers)
    task = SimpleNamespace(name="somebody.else", request=headers)
    tasks.note_beginning(task_id="2", task=task)

    assert counters.take() == {"task_wait\tother\t0": 1.0, "task_wait\tother\tsum": 0.0}
