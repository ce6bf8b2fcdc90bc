"""What somebody does is counted for as long as was said and no longer."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from redis import Redis

from labelling.counting import count, take_back


@pytest.fixture
def key() -> str:
    """One that nobody has counted under."""
    return f"somebody:{uuid4()}"


@pytest.fixture
def server() -> Redis:
    """The server that counts."""
    client: Redis = cache._cache.get_client(write=True)
    return client


def test_the_time_begins_with_the_first(key: str, server: Redis) -> None:
    assert [count(key, seconds=60), count(key, seconds=3600)] == [1, 2]
    assert 0 < int(server.ttl(cache.make_key(key))) <= 60


def test_when_the_time_is_over_counting_begins_anew(key: str, server: Redis) -> None:
    count(key, seconds=60)
    server.pexpire(cache.make_key(key), 0)
    assert count(key, seconds=60) == 1
    assert 0 < int(server.ttl(cache.make_key(key))) <= 60


@pytest.mark.parametrize("step", [lambda key: count(key, seconds=60), take_back])
def test_a_count_whose_time_ends_at_the_wrong_moment_has_an_end_all_the_same(
    key: str, server: Redis, monkeypatch: pytest.MonkeyPatch, step: Callable[[str], object]
) -> None:
    execute = Redis.execute_command

    def execute_and_end(client: Redis, *command: Any, **options: Any) -> Any:
        done = execute(client, *command, **options)
        if command[0] == "EXISTS":
            execute(client, "DEL", *command[1:])
        return done

    count(key, seconds=60)
    with monkeypatch.context() as patched:
        patched.setattr(Redis, "execute_command", execute_and_end)
        step(key)
    count(key, seconds=60)
    assert int(server.ttl(cache.make_key(key))) > 0


def test_a_count_without_an_end_is_given_one(key: str, server: Redis) -> None:
    server.set(cache.make_key(key), 11)
    assert count(key, seconds=60) == 12
    assert 0 < int(server.ttl(cache.make_key(key))) <= 60


def test_what_is_taken_back_was_never_counted(key: str, server: Redis) -> None:
    assert [count(key, seconds=60), count(key, seconds=60)] == [1, 2]
    take_back(key)
    assert count(key, seconds=60) == 2
    assert int(server.ttl(cache.make_key(key))) > 0


def test_nothing_is_taken_back_from_a_count_that_has_ended(key: str, server: Redis) -> None:
    take_back(key)
    assert not server.exists(cache.make_key(key))
    assert count(key, seconds=60) == 1
