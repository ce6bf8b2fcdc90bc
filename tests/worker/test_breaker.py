"""A server that hangs costs one request a moment, and those after it nothing."""

import time
from collections.abc import Callable
from typing import Any
from unittest.mock import Mock

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as NotConnected
from redis.exceptions import TimeoutError as TookTooLong

from labelling import breaker
from labelling.cache import ImpatientCache, ImpatientRedis
from labelling.counting import count
from worker import broker
from worker.services import policy

Clock = Callable[[float], None]


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Lets seconds pass."""
    passed = 0.0

    def let_pass(seconds: float) -> None:
        nonlocal passed
        passed += seconds

    begun = time.monotonic()
    monkeypatch.setattr(breaker.time, "monotonic", lambda: begun + passed)
    return let_pass


@pytest.fixture
def hanging(silent_port: int, monkeypatch: pytest.MonkeyPatch) -> Mock:
    """Redis takes our connection and says nothing; the commands that were really tried."""
    options = {"socket_connect_timeout": 0.1, "socket_timeout": 0.1}
    cache = ImpatientCache(f"redis://127.0.0.1:{silent_port}", {"OPTIONS": options})
    for user in ("labelling.counting.cache", "worker.services.policy.cache"):
        monkeypatch.setattr(user, cache)
    tried = Mock()
    asked = Redis.execute_command

    def execute(client: ImpatientRedis, *command: Any, **options: Any) -> Any:
        tried(command[0])
        return asked(client, *command, **options)

    monkeypatch.setattr(Redis, "execute_command", execute)
    return tried


def test_only_the_first_of_those_who_are_counted_waits(hanging: Mock) -> None:
    assert [count("somebody", seconds=60) for _ in range(5)] == [0] * 5
    assert hanging.call_count == 1


def test_after_five_seconds_one_asks_again(hanging: Mock, later: Clock) -> None:
    count("somebody", seconds=60)
    later(4.9)
    count("somebody", seconds=60)
    assert hanging.call_count == 1
    later(0.2)
    count("somebody", seconds=60)
    assert hanging.call_count == 2


def test_a_settled_label_does_not_wait_once_counting_did(
    hanging: Mock, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = Mock()
    monkeypatch.setattr(policy, "send", sent)
    count("somebody", seconds=60)
    policy.ask_soon()
    assert hanging.call_count == 1
    assert sent.mock_calls == []


def test_what_is_wrong_with_one_command_rests_nothing() -> None:
    watched = breaker.Breaker(NotConnected, TookTooLong)
    with pytest.raises(ValueError, match="no such key"), watched.watch():
        raise ValueError("no such key")
    assert not watched.rests


def test_a_queue_that_did_not_answer_is_left_alone_for_five_seconds(
    monkeypatch: pytest.MonkeyPatch, later: Clock
) -> None:
    send_task = Mock(side_effect=OSError("timed out"))
    monkeypatch.setattr(broker.current_app, "send_task", send_task)

    assert [broker.send("classify", "1") for _ in range(3)] == [False] * 3
    assert send_task.call_count == 1

    later(5.1)
    send_task.side_effect = None
    assert [broker.send("classify", "1") for _ in range(3)] == [True] * 3
    assert send_task.call_count == 4
