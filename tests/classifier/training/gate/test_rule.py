"""The margin: strict where pictures are many, patient where few, and never beyond the worst."""

from math import sqrt

import pytest

from classifier.training.gate.measures import ACCUSED, AUROC, RIGHT
from classifier.training.gate.rule import allowed_loss, not_worse
from classifier.training.metrics import resamples
from tests.classifier.training.gate.judged import perfect, with_errors


def test_many_pictures_leave_the_fixed_margin_less_the_half_interval() -> None:
    assert allowed_loss(0.02, 0.05, 0.0) == 0.02
    assert allowed_loss(0.02, 0.05, 0.004) == pytest.approx(0.02 - 1.96 * 0.004)


def test_few_pictures_leave_what_chance_does_to_equal_versions() -> None:
    assert allowed_loss(0.02, 0.05, 0.02) == pytest.approx(2.33 * 0.02)


def test_no_loss_beyond_the_worst_passes_however_few_the_pictures() -> None:
    assert allowed_loss(0.02, 0.05, 0.2) == 0.05


def test_a_single_picture_always_passes() -> None:
    assert allowed_loss(0.01, 0.02, 0.04, one_picture=1 / 25) == 1 / 25


@pytest.mark.parametrize(
    ("human", "passes"),
    [(25, 1), (60, 1), (100, 2), (200, 4), (300, 5), (1000, 5), (2000, 12), (10_000, 82)],
)
def test_how_many_newly_accused_pictures_pass(human: int, passes: int) -> None:
    """Nobody was accused before. Of 1,000 human pictures 5 may be now, of 10,000 it is 82.

    The standard error is the binomial's here, so that the table is exact.
    """
    accepted = [
        count
        for count in range(1, min(human, 200))
        if count / human
        <= allowed_loss(
            ACCUSED.fixed,
            ACCUSED.worst,
            sqrt(count / human * (1 - count / human) / human),
            1 / human,
        )
    ]
    assert accepted == list(range(1, passes + 1))


def test_the_bootstrapped_error_is_that_of_the_pairs() -> None:
    """Ten newly accused of 200: the loss is 0.05, its error that of a share of 0.05."""
    champion, challenger = perfect(), with_errors(accused=10)
    row = not_worse(ACCUSED, champion, challenger, resamples(champion.is_ai), set="gold")
    error = sqrt(0.05 * 0.95 / 200)
    assert (row.before, row.now, row.worse_by, row.n) == (0.0, 0.05, 0.05, 200)
    assert row.low == pytest.approx(0.05 - 1.96 * error, abs=0.003)
    assert row.high == pytest.approx(0.05 + 1.96 * error, abs=0.003)
    assert row.threshold == ACCUSED.worst
    assert not row.ok
    assert row.words == (
        "false accusations (gold): 0.0% before, 5.0% now; that is worse by 5.0 points, "
        "and 2.0 points are allowed."
    )


def test_errors_that_both_make_on_the_same_pictures_widen_nothing() -> None:
    """Pairs, not two samples: what both call wrong says nothing about the difference."""
    both = with_errors(accused=60)
    row = not_worse(ACCUSED, both, both, resamples(both.is_ai), set="gold")
    assert (row.worse_by, row.low, row.high, row.threshold, row.ok) == (0, 0, 0, 0.01, True)


def test_of_too_few_pictures_nothing_is_said() -> None:
    few = perfect(human=19)
    row = not_worse(ACCUSED, few, with_errors(accused=19, human=19), [], set="audit")
    assert (row.ok, row.before, row.threshold, row.n) == (True, None, None, 19)
    assert row.words == (
        "false accusations (audit): not compared, for there are 19 pictures to tell it from and "
        "20 are needed."
    )


def test_whole_groups_of_twins_are_drawn_so_the_interval_is_wider() -> None:
    champion, challenger = perfect(), with_errors(unsure=20)
    alone = not_worse(RIGHT, champion, challenger, resamples(champion.is_ai), set="gold")
    twins = [f"{number // 10}" for number in range(400)]
    together = not_worse(
        RIGHT, champion, challenger, resamples(champion.is_ai, units=twins), set="gold"
    )
    assert alone.worse_by == together.worse_by == 0.1
    assert alone.high is not None
    assert together.high is not None
    assert together.high - 0.1 > 2 * (alone.high - 0.1)


def test_less_ahead_is_behind_where_more_is_better() -> None:
    assert AUROC.loss(perfect(), with_errors(missed=20)) == pytest.approx(0.05)
    assert ACCUSED.loss(perfect(), with_errors(accused=20)) == pytest.approx(0.1)
