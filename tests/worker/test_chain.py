"""Batches that send each other: one chain at a time, and none that stands still unseen."""

from unittest.mock import Mock

import pytest
from django.core.cache import cache
from redis.exceptions import TimeoutError as TookTooLong

from worker.services import chain
from worker.services.chain import Chain

CHAIN = Chain("shadow", 7)


@pytest.fixture
def send(monkeypatch: pytest.MonkeyPatch) -> Mock:
    sent = Mock(return_value=True)
    monkeypatch.setattr(chain, "send", sent)
    return sent


def test_of_two_who_start_it_one_does(send: Mock) -> None:
    CHAIN.start()
    CHAIN.start()
    Chain("shadow", 8).start()

    assert [call.args for call in send.call_args_list] == [("shadow", 7), ("shadow", 8)]


def test_a_batch_that_could_not_be_sent_may_be_started_again(send: Mock) -> None:
    send.return_value = False
    CHAIN.start()
    CHAIN.start()

    assert send.call_count == 2


@pytest.mark.parametrize("hangs", ["set", "delete"])
def test_a_cache_that_hangs_after_the_start_holds_nothing_up(
    send: Mock, monkeypatch: pytest.MonkeyPatch, hangs: str
) -> None:
    monkeypatch.setattr(cache, hangs, Mock(side_effect=TookTooLong))
    CHAIN.start()
    CHAIN.go_on("here")

    assert [call.args for call in send.call_args_list] == [("shadow", 7), ("shadow", 7, "here")]


def test_without_a_cache_nobody_starts_it(send: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else many would. The sweeper comes back to it."""
    monkeypatch.setattr(cache, "add", Mock(side_effect=TookTooLong))
    CHAIN.start()

    assert not send.called


def test_what_rests_is_not_started(send: Mock) -> None:
    CHAIN.rest(30)
    CHAIN.start()

    assert not send.called
