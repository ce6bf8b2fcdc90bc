import numpy as np
import pytest

from classifier.detector.decision import Head
from classifier.detector.polarity import ai_targets, sigmoid
from classifier.training.calibrate import fit_platt, judge_from
from classifier.vocabulary import Label
from tests.classifier.synthetic import labels


def overconfident(count: int = 4000) -> tuple[np.ndarray, list[Label]]:
    """Logits three times as sure as they should be."""
    honest = np.random.default_rng(5).normal(0, 2, count)
    drawn = np.random.default_rng(6).random(count) < sigmoid(honest)
    return 3 * honest, [Label.AI if ai else Label.HUMAN for ai in drawn]


def test_platt_takes_back_false_confidence() -> None:
    logits, known = overconfident()
    calibration = fit_platt(logits, known)
    assert calibration.slope == pytest.approx(1 / 3, rel=0.1)
    assert calibration.intercept == pytest.approx(0.0, abs=0.1)


def test_separable_logits_get_a_finite_calibration() -> None:
    known = labels(20)
    calibration = fit_platt(np.where(ai_targets(known), 50.0, -50.0), known)
    assert 0 < calibration.probabilities(-50.0) < 0.1
    assert 0.9 < calibration.probabilities(50.0) < 1


def test_logits_that_point_the_wrong_way_are_refused() -> None:
    known = labels(40)
    with pytest.raises(ValueError, match="slope above zero"):
        fit_platt(np.where(ai_targets(known), -1.0, 1.0), known)


def test_one_class_alone_cannot_calibrate() -> None:
    with pytest.raises(ValueError, match="both classes"):
        fit_platt(np.zeros(5), [Label.AI] * 5)


def test_the_logit_is_above_zero_where_the_probability_is_above_one_half() -> None:
    logits, known = overconfident()
    judge = judge_from(Head(np.ones(1, np.float32), 0.0), logits + 4, known, ["clean"] * len(known))
    assert judge.calibration.intercept == 0.0
    said = judge.judge((logits + 4)[:, None])
    assert ((said.logits > 0) == (said.probabilities > 0.5)).all()


def test_groups_weigh_alike_however_many_pictures_they_have() -> None:
    """A large group that scores high must not pull the calibration its own way."""
    rng = np.random.default_rng(2)
    known = [Label.AI] * 300 + [Label.HUMAN] * 200 + [Label.HUMAN] * 20
    logits = np.concatenate([rng.normal(3, 1, 300), rng.normal(-3, 1, 200), rng.normal(2, 1, 20)])
    groups = ["lamp"] * 300 + ["camera"] * 200 + ["scanner"] * 20
    each = fit_platt(logits, known)
    fair = fit_platt(logits, known, groups)
    assert fair.probabilities(2.0) < each.probabilities(2.0) - 0.1
