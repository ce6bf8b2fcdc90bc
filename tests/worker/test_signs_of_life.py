"""A thread tells that somebody works, through a database that is away, until it is told no."""

import pytest
from django.db import OperationalError

from worker.services.signs_of_life import SignsOfLife


def test_it_goes_on_through_a_lost_database_and_ends_where_the_work_is_lost(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("worker.services.signs_of_life.BEAT", 0.001)
    answers: list[bool | Exception] = [True, OperationalError("away"), True, False, True]

    def tell() -> bool:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    with SignsOfLife("Job 7", tell) as signs:
        signs._thread.join(timeout=30)
        assert not signs._thread.is_alive()
    assert answers == [True]
    assert caplog.messages == ["Job 7 could leave no sign of life: away"]


def test_it_ends_with_its_block() -> None:
    with SignsOfLife("Job 7", lambda: True) as signs:
        assert signs._thread.is_alive()
    assert not signs._thread.is_alive()
