"""Asking a server that is away, busy, broken or not ours."""

import math
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from requests import Response

from aivh_client import pace
from aivh_client.account import Account
from aivh_client.answers import retry_after
from aivh_client.connection import Connection
from aivh_client.errors import NotAllowed, Refused, Stopped, Unreachable
from tests.servers.scripted import Answer, Scripted, problem
from tests.site import free_port

DONE = Answer({"done": True}, 202)


@pytest.mark.parametrize(
    "first",
    [
        Answer(hang_up=True),
        problem(500, "internal_error"),
        problem(503, "model_not_loaded"),
        Answer(b"<h1>Bad gateway</h1>", 502, {"Content-Type": "text/html"}),
        problem(409, "still_answering"),
    ],
)
def test_what_failed_is_sent_again_under_the_same_key(
    first: Answer, scripted: Scripted, connection: Connection
) -> None:
    scripted.will(first, DONE)

    assert connection.post("/x", key="k1", data=b"abc") == {"done": True}

    assert [asked.headers["Idempotency-Key"] for asked in scripted.asked] == ["k1", "k1"]
    assert [asked.body for asked in scripted.asked] == [b"abc", b"abc"]
    assert {asked.headers["Authorization"] for asked in scripted.asked} == {"Bearer secret"}


def test_after_its_patience_it_says_that_the_server_fails(
    scripted: Scripted, connection: Connection
) -> None:
    scripted.default = problem(500, "internal_error", "Our fault.")

    with pytest.raises(Unreachable, match=r"Our fault\. \(internal_error\)"):
        connection.get("/x")

    assert len(scripted.asked) > 2


def test_nobody_at_the_address_is_told_with_the_address() -> None:
    address = f"http://127.0.0.1:{free_port()}"

    with pytest.raises(Unreachable, match=rf"{address} does not answer: .*refused"):
        Connection(Account(address, "secret"), patience=0).get("/x")


def test_all_threads_wait_as_long_as_the_server_asks_and_then_go_on(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which is no failure: it takes nothing of the patience."""
    monkeypatch.setattr("aivh_client.connection.A_MINUTE", 0.3)
    monkeypatch.setattr(pace, "SHORTEST_HOLD", 0)
    site = Connection(Account(scripted.url, "secret"), patience=0.001)
    scripted.will(problem(429, "throttled"))
    begun = time.monotonic()

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(site.get, "/first")
        while not scripted.asked:
            time.sleep(0.01)
        time.sleep(0.05)
        site.get("/second")
        first.result()

    assert 0.3 <= time.monotonic() - begun < 30
    assert sorted(asked.path for asked in scripted.asked) == ["/first", "/first", "/second"]


def asked_to_wait(given: str) -> float:
    response = Response()
    response.headers["Retry-After"] = given
    return retry_after(response, otherwise=60)


@pytest.mark.parametrize(("given", "seconds"), [("17", 17), ("soon", 60), ("²", 60), ("", 60)])
def test_a_number_says_how_long_to_wait(given: str, seconds: float) -> None:
    assert asked_to_wait(given) == seconds


@pytest.mark.parametrize("hours", [1, -1])
def test_a_date_says_how_long_to_wait(hours: int) -> None:
    then = format_datetime(datetime.now(UTC) + timedelta(hours=hours))

    assert asked_to_wait(then) == pytest.approx(3600 * hours, abs=30)


def test_whoever_asks_too_often_waits_a_second_whatever_the_server_says(
    scripted: Scripted, connection: Connection
) -> None:
    past = "Thu, 01 Jan 1998 00:00:00 GMT"
    scripted.will(problem(429, "throttled", **{"Retry-After": past}))
    begun = time.monotonic()

    connection.get("/x")

    assert time.monotonic() - begun >= 1.0
    assert len(scripted.asked) == 2


def test_a_server_that_is_away_for_a_day_is_asked_once_more_when_patience_ends(
    scripted: Scripted, connection: Connection
) -> None:
    scripted.default = problem(503, "storage_unavailable", **{"Retry-After": "86400"})
    begun = time.monotonic()

    with pytest.raises(Unreachable, match="storage_unavailable"):
        connection.get("/x")

    assert 0.2 <= time.monotonic() - begun < 60
    assert len(scripted.asked) == 2


def test_patience_without_end_asks_again_within_the_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    paused: list[float] = []
    shared = pace.Pace()
    monkeypatch.setattr(shared, "pause", paused.append)

    pace.Tries(shared, math.inf).again(Unreachable("Away."), after=86400)

    assert paused == [3600.0]


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (problem(401, "authentication_failed", "No token."), NotAllowed, "No token."),
        (problem(403, "missing_scope", "Not for this."), NotAllowed, "missing_scope"),
        (problem(415, "unsupported_type", "No picture."), Refused, "No picture."),
        (problem(409, "idempotency_key_reused", "Another."), Refused, "Another."),
        (Answer(b"<h1>Welcome</h1>"), Unreachable, "no aivh site"),
        (Answer(b"<h1>Not here</h1>", 404), Unreachable, "no aivh site"),
        (Answer({}, 301, {"Location": "https://there/"}), Unreachable, "moved to https://there/"),
    ],
)
def test_what_no_other_try_can_change_is_told_at_once(
    answer: Answer,
    error: type[Exception],
    words: str,
    scripted: Scripted,
    connection: Connection,
) -> None:
    scripted.will(answer)

    with pytest.raises(error, match=words):
        connection.get("/x")

    assert len(scripted.asked) == 1  # above all the token went nowhere else


def test_a_netrc_does_not_take_the_token_s_place(
    scripted: Scripted, connection: Connection, monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login a password b")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))

    connection.get("/x")

    assert scripted.asked[0].headers["Authorization"] == "Bearer secret"


def test_stopping_wakes_whoever_waits(scripted: Scripted, connection: Connection) -> None:
    scripted.will(problem(429, "throttled", **{"Retry-After": "600"}))
    threading.Timer(0.2, connection.pace.stop).start()

    with pytest.raises(Stopped):
        connection.get("/x")
