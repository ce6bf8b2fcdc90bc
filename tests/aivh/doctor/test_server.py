"""Redis and Valkey: real servers that are down, asleep, full, replicas, closed."""

import signal

import pytest

from aivh import env
from aivh.doctor import server
from aivh.doctor.finding import State
from tests.aivh.doctor.conftest import StartServer
from tests.aivh.doctor.saying import doubt, failure, finding
from tests.site import free_port


def test_a_server_says_its_version() -> None:
    name, version = server.server().split()
    assert name == "Valkey"
    assert int(version.split(".")[0]) >= server.OLDEST


def test_a_server_that_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(env, "REDIS_URL", f"redis://:opensesame@127.0.0.1:{free_port()}/0")
    wrong = failure(server.server)
    assert wrong.words.startswith("It cannot be used: Error 111 connecting to 127.0.0.1:")
    assert "REDIS_URL" in wrong.todo
    assert "opensesame" not in wrong.words


def test_an_embedded_server_that_is_down(settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(env, "cache_url", lambda: "unix:///nowhere/valkey.sock?db=1")
    assert failure(server.server).todo == server.START_UP


def test_a_server_that_hangs(start_valkey: StartServer) -> None:
    start_valkey().send_signal(signal.SIGSTOP)  # it takes connections and never answers
    found = finding(server.server, seconds=0.3)
    assert (found.state, found.words) == (State.FAIL, "No answer within 0.3 seconds")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--replicaof", "127.0.0.1 1"), "You can't write against a read only replica"),
        (("--maxmemory", "100kb"), "used memory > 'maxmemory'"),
        (("--requirepass", "opensesame"), "Authentication required"),
    ],
)
def test_a_server_that_answers_and_takes_nothing(
    start_valkey: StartServer, options: tuple[str, ...], words: str
) -> None:
    start_valkey(*options)
    wrong = failure(server.server)
    assert words in wrong.words
    assert "REDIS_URL" in wrong.todo


def test_a_server_that_would_throw_tasks_away(start_valkey: StartServer) -> None:
    start_valkey("--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru")
    told = doubt(server.server)
    assert "(allkeys-lru)" in told.words
    assert told.todo == "Set its maxmemory-policy to noeviction."


def test_a_server_that_is_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "OLDEST", 99)
    assert "older than the site was tested with" in doubt(server.server).words
