"""Wilson's interval against published figures, and what it promises."""

import numpy as np
import pytest

from labelling.statistics.figure import Figure, NoFigure
from labelling.statistics.intervals import accuracy, wilson


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    [  # Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilsons_interval_of_published_counts(right: int, n: int, low: float, high: float) -> None:
    assert wilson(right / n, n) == pytest.approx((low, high), abs=5e-5)


def test_it_is_the_same_from_both_ends_and_holds_its_share() -> None:
    for n in (1, 7, 100):
        for right in range(n + 1):
            low, high = wilson(right / n, n)
            assert 0 <= low <= right / n <= high <= 1
            assert wilson(1 - right / n, n) == pytest.approx((1 - high, 1 - low))


def test_it_holds_the_truth_about_as_often_as_it_says() -> None:
    drawn = np.random.default_rng(1).binomial(40, 0.9, size=4000)
    held = np.mean([low <= 0.9 <= high for low, high in (wilson(k / 40, 40) for k in drawn)])
    assert 0.92 < held < 0.98


def test_accuracy_is_a_figure_from_20_answers_on() -> None:
    assert accuracy(19, 19) == NoFigure(19, 20)
    found = accuracy(18, 20)
    assert isinstance(found, Figure)
    assert (found.value, found.n) == (0.9, 20)
    assert (found.low, found.high) == pytest.approx((0.699, 0.972), abs=5e-4)
    assert accuracy(0, 0) == NoFigure(0, 20)
    assert accuracy(0, 0, least=0) == NoFigure(0, 0)
