"""When a challenger agrees enough: exact figures on both sides of each bound."""

import pytest

from classifier.vocabulary import Label, Verdict
from worker.services.shadow_bounds import (
    Agreement,
    Pair,
    at_least_by_chance,
    count,
    lowest_share,
    objection,
)

AI, HUMAN, UNCERTAIN = Verdict.AI, Verdict.HUMAN, Verdict.UNCERTAIN


def test_pairs_are_counted() -> None:
    found = count(
        [
            Pair(AI, 0.9, AI, 0.8),
            Pair(HUMAN, 0.2, AI, 0.8, Label.AI),  # turned, and people say rightly so
            Pair(AI, 0.8, HUMAN, 0.2, Label.AI),  # turned, and wrongly
            Pair(UNCERTAIN, 0.5, AI, 0.8, Label.HUMAN),  # no flip; both wrong at one half
            Pair(HUMAN, 0.1, HUMAN, 0.1, Label.HUMAN),
        ]
    )
    assert found == Agreement(
        compared=5,
        agreed=2,
        flips=2,
        mean_difference=found.mean_difference,
        better=1,
        worse=1,
        more_ai=2,
        less_ai=1,
    )
    assert found.mean_difference == pytest.approx((0.1 + 0.6 + 0.6 + 0.3) / 5)


def test_nothing_compared_is_nothing_against_it() -> None:
    assert count([]) == Agreement()
    assert objection(Agreement(), gain=0.0) is None


@pytest.mark.parametrize(("flips", "passes"), [(10, True), (16, True), (17, False)])
def test_so_many_verdicts_of_200_may_turn(flips: int, passes: bool) -> None:
    found = Agreement(compared=200, agreed=200 - flips, flips=flips)
    said = objection(found, gain=0.0)
    assert (said is None) == passes
    if said:
        assert said == "17 of 200 verdicts turned between AI and human; 5% would be fine."


def test_what_it_learned_to_change_may_change() -> None:
    found = Agreement(compared=200, agreed=120, flips=80, mean_difference=0.4)
    assert objection(found, gain=0.0) is not None
    assert objection(found, gain=0.35) is None


def test_probabilities_may_not_drift_apart() -> None:
    near = Agreement(compared=200, agreed=200, mean_difference=0.10)
    far = Agreement(compared=200, agreed=200, mean_difference=0.13)
    assert objection(near, gain=0.0) is None
    assert objection(far, gain=0.0) == (
        "its probabilities are 0.13 apart on average from those of the version in use, on 200 "
        "pictures; 0.10 would be fine."
    )
    assert objection(Agreement(compared=19, mean_difference=0.9), gain=0.0) is None


def test_peoples_answers_decide_before_any_figure() -> None:
    wrong = Agreement(compared=200, agreed=195, flips=5, better=0, worse=5)
    assert objection(wrong, gain=1.0) == (
        "where the two differ on pictures that people have settled, the old version is right 5 "
        "times and the new one 0 times."
    )
    right = Agreement(compared=200, agreed=100, flips=100, mean_difference=0.5, better=5)
    assert objection(right, gain=0.0) is None
    few = Agreement(compared=200, agreed=196, flips=4, better=0, worse=4)
    assert objection(few, gain=0.0) is None, "four answers may be chance"


def test_figures_of_chance() -> None:
    assert at_least_by_chance(0, 0) == 1.0
    assert at_least_by_chance(5, 5) == pytest.approx(1 / 32)
    assert at_least_by_chance(4, 5) == pytest.approx(6 / 32)
    assert lowest_share(0, 0) == 0.0
    assert lowest_share(10, 200) == pytest.approx(0.0274, abs=1e-4)
