import numpy as np
import pytest

from classifier.detector.decision import Head
from classifier.detector.polarity import ai_targets, sigmoid
from classifier.training.calibrate import choose_thresholds, fit_platt, judge_from
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


def test_at_most_two_percent_of_the_human_pictures_are_called_ai_in_each_tier() -> None:
    rng = np.random.default_rng(0)
    known = labels(4000)
    tiers = ["clean" if index < 2000 else "hard" for index in range(4000)]
    spread = np.where(np.array(tiers) == "hard", 0.3, 0.1)
    chances = np.clip(np.where(ai_targets(known), 0.8, 0.3) + spread * rng.normal(size=4000), 0, 1)
    thresholds = choose_thresholds(chances, known, tiers)
    for tier in ("clean", "hard"):
        human = chances[~ai_targets(known) & (np.array(tiers) == tier)]
        assert np.mean(human >= thresholds.ai) <= 0.02
        below = np.array(tiers) == tier
        below &= chances <= thresholds.human
        assert ai_targets(known)[below].mean() <= 0.05


def test_the_thresholds_keep_away_from_one_half() -> None:
    known = labels(100)
    thresholds = choose_thresholds(ai_targets(known) * 1.0, known, ["clean"] * 100)
    assert (thresholds.human, thresholds.ai) == (0.4, 0.6)


def test_a_detector_that_knows_nothing_answers_nothing() -> None:
    known = labels(2000)
    chances = np.random.default_rng(0).random(2000)
    thresholds = choose_thresholds(chances, known, ["clean"] * 2000)
    assert thresholds.ai >= 0.97
    assert thresholds.human <= 0.05
