import numpy as np
import pytest

from classifier.detector.decision import Calibration, Head, Judge, Thresholds
from classifier.detector.polarity import ai_targets, labels_of, sigmoid
from classifier.vocabulary import Label, Verdict


def test_one_is_ai_and_zero_is_human() -> None:
    assert ai_targets([Label.AI, Label.HUMAN, "ai", "human"]).tolist() == [True, False, True, False]
    assert labels_of([1, 0]) == [Label.AI, Label.HUMAN]


@pytest.mark.parametrize("wrong", ["AI", "fake", "", "uncertain"])
def test_what_is_no_label_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="is not a valid Label"):
        ai_targets([wrong])


def test_a_positive_logit_means_ai() -> None:
    judge = Judge(
        Head(np.array([1.0, 0.0], np.float32), 0.0), Calibration(2.0, 0.0), Thresholds(0.3, 0.7)
    )
    said = judge.judge(np.array([[3.0, 9.0], [0.0, -9.0], [-3.0, 9.0]]))
    assert said.logits.tolist() == [3.0, 0.0, -3.0]
    assert said.verdicts == [Verdict.AI, Verdict.UNCERTAIN, Verdict.HUMAN]
    assert said.probabilities == pytest.approx([0.99753, 0.5, 0.00247], abs=1e-5)


def test_the_sigmoid_does_not_overflow() -> None:
    assert sigmoid(np.array([-1e9, 0.0, 1e9])).tolist() == [0.0, 0.5, 1.0]


@pytest.mark.parametrize("slope", [0.0, -1.0, float("nan"), float("inf")])
def test_a_calibration_cannot_turn_the_meaning_around(slope: float) -> None:
    with pytest.raises(ValueError, match="slope above zero"):
        Calibration(slope, 0.0)


@pytest.mark.parametrize(
    ("probability", "expected"),
    [
        (0.0, Verdict.HUMAN),
        (0.2, Verdict.HUMAN),
        (0.21, Verdict.UNCERTAIN),
        (0.79, Verdict.UNCERTAIN),
        (0.8, Verdict.AI),
        (1.0, Verdict.AI),
    ],
)
def test_a_threshold_belongs_to_its_verdict(probability: float, expected: Verdict) -> None:
    assert Thresholds(human=0.2, ai=0.8).verdict(probability) is expected


@pytest.mark.parametrize(("human", "ai"), [(0.8, 0.2), (0.5, 0.5), (-0.1, 0.5), (0.5, 1.1)])
def test_thresholds_in_the_wrong_order_are_refused(human: float, ai: float) -> None:
    with pytest.raises(ValueError, match="thresholds need"):
        Thresholds(human=human, ai=ai)
