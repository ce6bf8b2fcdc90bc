"""Eight people review at once, on a SQLite file and on Postgres: none collide, nothing is lost."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.labelling.turns_race import AHEAD, FEWER, ITEMS, TWICE
from tests.races import RunModule

VOTES = ITEMS + ITEMS // TWICE


@pytest.fixture
def review(run_module: RunModule) -> Callable[[str], dict[str, Any]]:
    return partial(run_module, "tests.labelling.turns_race", seconds=500)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_eight_people_settle_four_hundred_pictures_without_a_collision(review) -> None:
    assert review("everybody") == {
        "answers": VOTES,
        "votes": VOTES,
        "labels": ITEMS,
        "as many as wanted": True,
        "different people": True,
        "collisions": 0,
        "open": 0,
        "turns": True,
    }


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_what_people_leave_behind_is_taken_over_once(review) -> None:
    left = review("some_leave")

    votes = FEWER + FEWER // TWICE
    assert (left["answers"], left["votes"], left["labels"]) == (votes, votes, FEWER)
    assert (left["left"], left["expired"]) == (2 * AHEAD, 2 * AHEAD)
    assert left["taken over as often as wanted"]
    assert (left["as many as wanted"], left["collisions"], left["open"]) == (True, 0, 0)


def test_a_lease_is_renewed_or_taken_over_and_never_both(review) -> None:
    rounds = review("renewed_or_taken")

    assert rounds["one of both"] == 12
    assert rounds["errors"] == 0
