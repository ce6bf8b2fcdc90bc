"""The consensus rule, case by case."""

import pytest

from labelling.agreement import Decision, consensus


@pytest.mark.parametrize(
    ("votes", "wanted", "settled"),
    [
        ({}, 1, None),
        ({}, 0, None),
        ({1: "ai"}, 1, Decision.AI),
        ({1: "human"}, 1, Decision.HUMAN),
        ({1: "unsure"}, 1, None),
        ({1: "unsure", 2: "ai"}, 1, Decision.AI),
        ({1: "ai", 2: "ai"}, 1, Decision.AI),
        ({1: "ai", 2: "human"}, 1, None),
        ({1: "ai", 2: "ai", 3: "human"}, 1, None),
        ({1: "ai"}, 2, None),
        ({1: "ai", 2: "unsure"}, 2, None),
        ({1: "ai", 2: "ai"}, 2, Decision.AI),
        ({1: "human", 2: "human", 3: "unsure"}, 2, Decision.HUMAN),
        ({1: "ai", 2: "human"}, 2, None),
        ({1: "ai", 2: "ai", 3: "human"}, 2, None),
    ],
)
def test_votes_settle_a_picture_only_when_enough_decide_alike(
    votes: dict[int, str], wanted: int, settled: Decision | None
) -> None:
    assert consensus(votes, wanted) == settled


@pytest.mark.parametrize(
    ("votes", "own", "settled"),
    [
        ({1: "ai"}, {1}, None),
        ({1: "ai"}, {2}, Decision.AI),
        ({1: "ai", 2: "unsure"}, {1}, None),
        ({1: "ai", 2: "ai"}, {1}, Decision.AI),
        ({1: "ai", 2: "ai"}, {1, 2}, Decision.AI),
        ({1: "ai", 2: "human"}, {1}, None),
    ],
)
def test_whoever_handed_a_picture_in_settles_it_with_somebody_else_only(
    votes: dict[int, str], own: set[int], settled: Decision | None
) -> None:
    assert consensus(votes, 1, own) == settled


def test_an_answer_that_is_none_is_an_error() -> None:
    with pytest.raises(ValueError, match="maybe"):
        consensus({1: "maybe"}, 1)
