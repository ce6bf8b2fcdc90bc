"""The lottery of the turns: by their number, under the site's secret."""

from collections import Counter

import pytest

from labelling.drawing import Draw, draw_of, shares_of
from labelling.models import QueuePolicy

SHARES = {Draw.GOLD: 0.05, Draw.AUDIT: 0.10, Draw.NOVEL: 0.15, Draw.MAIN: 0.70}


def test_the_shares_are_the_policys_and_the_rest_is_the_main_line() -> None:
    shares = shares_of(QueuePolicy())
    assert shares == pytest.approx(SHARES)
    assert list(shares) == list(Draw)


def test_shares_of_more_than_all_leave_nothing_to_the_main_line() -> None:
    policy = QueuePolicy(gold_share=0.5, audit_share=0.5, novel_share=0.5)
    assert shares_of(policy) == pytest.approx(
        {Draw.GOLD: 1 / 3, Draw.AUDIT: 1 / 3, Draw.NOVEL: 1 / 3, Draw.MAIN: 0.0}
    )


def test_each_draw_comes_as_often_as_its_share_says() -> None:
    """10,000 turns: 4 standard deviations of a share of one half are 2 %."""
    counts = Counter(draw_of(turn, SHARES) for turn in range(10_000))
    assert {draw: counts[draw] / 10_000 for draw in Draw} == pytest.approx(SHARES, abs=0.02)


def test_a_turn_is_drawn_alike_each_time_and_otherwise_on_another_site(settings) -> None:
    first = [draw_of(turn, SHARES) for turn in range(200)]
    assert [draw_of(turn, SHARES) for turn in range(200)] == first

    settings.SECRET_KEY = "another site's"
    assert [draw_of(turn, SHARES) for turn in range(200)] != first


def test_a_share_of_nothing_is_never_drawn() -> None:
    shares = {Draw.GOLD: 0.0, Draw.AUDIT: 0.0, Draw.NOVEL: 0.0, Draw.MAIN: 1.0}
    assert {draw_of(turn, shares) for turn in range(500)} == {Draw.MAIN}
