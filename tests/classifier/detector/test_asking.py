"""Which pictures people should be asked about first."""

import numpy as np
import pytest

from classifier.detector.asking import NOVELTY, priorities
from classifier.detector.decision import Calibration, Head, Judge, Thresholds
from classifier.detector.doubt import Doubt, Familiarity

UNKNOWN = np.full(5, np.nan)


def test_what_is_called_human_on_weak_grounds_comes_first_then_the_uncertain_then_the_sure() -> (
    None
):
    said = np.array([0.15, 0.3, 0.5, 0.9, 0.001])

    ranks = priorities(said, UNKNOWN, human=0.3)

    assert ranks[0] == pytest.approx(1 - NOVELTY)
    assert list(np.argsort(-ranks)) == [0, 1, 2, 3, 4]


def test_of_two_alike_the_one_unlike_everything_known_comes_first() -> None:
    ranks = priorities(np.full(5, 0.5), np.array([np.nan, 0.0, 0.5, 1.0, 7.0]), human=0.3)

    assert ranks[0] == ranks[1]
    assert ranks[1] < ranks[2] < ranks[3]
    assert ranks[3] == ranks[4] == pytest.approx(ranks[0] + NOVELTY)


def test_a_rank_is_finite_and_between_0_and_1_whatever_is_said() -> None:
    ranks = priorities(np.array([0.0, 1e-300, 0.15, 1.0, 0.5]), np.full(5, 9.0), human=0.3)

    assert np.isfinite(ranks).all()
    assert ((ranks >= 0) & (ranks <= 1)).all()


def test_a_judge_ranks_what_it_judges_by_its_own_band_and_what_it_knows() -> None:
    known = Familiarity(
        middle=np.zeros(2, np.float32),
        axes=np.eye(2, dtype=np.float32),
        prototypes=np.array([[1.0, 0.0]], np.float32),
    )
    judge = Judge(
        Head(np.array([1.0, 0.0], np.float32), 0.0),
        Calibration(1.0, 0.0),
        Thresholds(human=0.3, ai=0.9),
        Doubt(distance=0.5, familiarity=known),
    )
    rows = np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 9.0]], np.float32)

    opinions = judge.judge(rows)

    expected = priorities(opinions.probabilities, known.distances(rows) / 0.5, human=0.3)
    assert opinions.priorities.tolist() == expected.tolist()
    assert opinions.priorities[0] < opinions.priorities[1] < opinions.priorities[2]
