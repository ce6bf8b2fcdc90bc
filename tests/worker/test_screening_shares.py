"""Nobody gives more than their share of what is new, and always the same is left out."""

from collections import Counter
from collections.abc import Hashable
from datetime import UTC, datetime, timedelta

import pytest

from worker.services.screening_shares import Gift, most_share, surplus

START = datetime(2026, 1, 1, tzinfo=UTC)


def gifts(*counts: tuple[Hashable | None, Hashable | None, int]) -> list[Gift]:
    """So many labels each of (reviewer, uploader, count), settled one minute after the other."""
    people = [(reviewer, uploader) for reviewer, uploader, count in counts for _ in range(count)]
    return [
        Gift(reviewer, uploader, START + timedelta(minutes=minute), f"{minute:03}")
        for minute, (reviewer, uploader) in enumerate(people)
    ]


def kept(given: list[Gift]) -> list[Gift]:
    left_out = surplus(given)
    return [gift for row, gift in enumerate(given) if row not in left_out]


@pytest.mark.parametrize(
    ("people", "share"), [(1, 1.0), (2, 1.0), (3, 1 / 3), (4, 0.30), (100, 0.30)]
)
def test_shares_hold_from_three_people_on(people: int, share: float) -> None:
    assert most_share(people) == pytest.approx(share)


@pytest.mark.parametrize("role", ["reviewer", "uploader"])
def test_nobody_gives_more_than_thirty_percent(role: str) -> None:
    counts = {"busy": 100, "a": 20, "b": 20, "c": 20}
    given = gifts(
        *((name, None, n) if role == "reviewer" else (None, name, n) for name, n in counts.items())
    )

    left = Counter(getattr(gift, role) for gift in kept(given))

    assert left == {"busy": 25, "a": 20, "b": 20, "c": 20}
    assert 25 <= 0.30 * left.total() < 26


def test_the_newest_are_left_out_in_words() -> None:
    given = gifts(("busy", None, 10), ("a", None, 4), ("b", None, 4), ("c", None, 4))

    left_out = surplus(given)

    assert sorted(left_out) == [5, 6, 7, 8, 9]
    words = (
        "Its reviewer gave more than 30% of the new labels, and this is one of the newest. "
        "It counts once others have given more, or a second person agrees."
    )
    assert set(left_out.values()) == {words}
    assert all(len(why) <= 200 for why in left_out.values())


def test_both_shares_hold_together() -> None:
    given = gifts(("busy", 1, 40), *((name, n, 20) for n, name in enumerate("abcd", start=2)))
    given += gifts(*((name, 1, 15) for name in "abcd"))

    left = kept(given)

    for role in ("reviewer", "uploader"):
        assert max(Counter(getattr(gift, role) for gift in left).values()) <= 0.30 * len(left)
    assert len(left) >= 80


def test_what_two_people_settled_is_nobodys() -> None:
    assert len(kept(gifts((None, None, 100), ("a", None, 1), ("b", None, 1)))) == 102


@pytest.mark.parametrize(
    "given", [gifts(("busy", "busy", 98)), gifts(("busy", "busy", 98), ("other", "other", 2))]
)
def test_with_one_or_two_people_there_is_nothing_to_share_out(given: list[Gift]) -> None:
    assert kept(given) == given


def test_three_people_give_a_third_each_at_most() -> None:
    left = kept(gifts(("busy", None, 100), ("a", None, 40), ("b", None, 40)))
    assert Counter(gift.reviewer for gift in left) == {"busy": 40, "a": 40, "b": 40}


def test_equal_moments_are_told_apart_by_name() -> None:
    given = [Gift("busy", None, START, name) for name in "cab"] + gifts(
        ("x", None, 1), ("y", None, 1), ("z", None, 1)
    )
    assert [gift.name for gift in kept(given) if gift.reviewer == "busy"] == ["a"]


def test_a_few_uneven_labels_are_not_rounded_down_to_none() -> None:
    """Four reviewers, of whom one handed in most of the pictures."""
    given = gifts(
        ("a", "busy", 1), ("b", "busy", 1), ("c", "busy", 1), ("d", "x", 1), ("d", "y", 1)
    )

    left = kept(given)

    assert Counter(gift.uploader for gift in left)["busy"] == 1
    assert len(left) >= 2
