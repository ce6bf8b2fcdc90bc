import json

import numpy as np
import pytest

from classifier.detector.decision import Thresholds
from classifier.detector.polarity import ai_targets
from classifier.training.gate import LEAST_OF_A_CLASS, compare
from classifier.training.metrics import Judged
from tests.classifier.synthetic import labels

THRESHOLDS = Thresholds(human=0.2, ai=0.8)


def judged(count: int = 400, *, noise: float = 0.1, seed: int = 0, shift: float = 0.0) -> Judged:
    """A detector that is better the less noise it has; ``shift`` makes it accuse more."""
    known = labels(count)
    base = np.where(ai_targets(known), 0.8, 0.2)
    chances = base + shift + noise * np.random.default_rng(seed).normal(size=count)
    chances = np.clip(chances, 0, 1)
    return Judged.of(chances, known, THRESHOLDS.verdicts(chances))


def test_the_same_detector_is_not_worse_than_itself() -> None:
    decision = compare(judged(), judged())
    assert decision.passed
    assert [row.name for row in decision.rows] == [
        "AUROC",
        "balanced accuracy",
        "false accusations",
    ]
    assert all(row.worse_by == 0 and row.ok for row in decision.rows)
    assert len(decision.reasons) == 3


def test_a_better_one_passes_and_the_old_one_would_not() -> None:
    better, worse = judged(noise=0.1), judged(noise=0.5)
    assert compare(worse, better).passed
    decision = compare(better, worse)
    assert not decision.passed
    assert "worse by more than the 0.010 that is allowed" in decision.reasons[0]


def test_more_false_accusations_are_refused_however_good_the_rest() -> None:
    decision = compare(judged(noise=0.15), judged(noise=0.15, shift=0.4))
    assert not decision.passed
    failed = [row.name for row in decision.rows if not row.ok]
    assert "false accusations" in failed
    row = decision.rows[-1]
    assert row.challenger > row.champion
    assert row.low <= row.worse_by <= row.high


def test_one_more_accused_picture_of_a_small_gold_set_says_nothing() -> None:
    known = labels(60)
    fair = np.where(ai_targets(known), 0.9, 0.1)
    one_more = fair.copy()
    one_more[0] = 0.85
    two_more = one_more.copy()
    two_more[2] = 0.85

    def of(chances: np.ndarray) -> Judged:
        return Judged.of(chances, known, THRESHOLDS.verdicts(chances))

    assert compare(of(fair), of(one_more)).passed
    assert not compare(of(fair), of(two_more)).passed


def test_a_small_gold_set_decides_nothing() -> None:
    few = 2 * LEAST_OF_A_CLASS - 2
    decision = compare(judged(few), judged(few))
    assert not decision.passed
    (reason,) = decision.reasons
    assert reason.startswith("The gold set holds 19 pictures of its smaller class; 20 are needed")


@pytest.mark.parametrize("broken", [float("nan"), float("inf")])
def test_numbers_that_are_not_finite_are_refused(broken: float) -> None:
    challenger = judged()
    challenger.probabilities[3] = broken
    decision = compare(judged(), challenger)
    assert not decision.passed
    assert "not a finite number" in decision.reasons[0]


def test_different_pictures_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="the same pictures"):
        compare(judged(100), judged(102))


def test_a_decision_is_json() -> None:
    assert json.loads(json.dumps(compare(judged(), judged()).to_dict()))["passed"] is True
