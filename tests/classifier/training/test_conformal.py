import numpy as np
import pytest

from classifier.detector.polarity import ai_targets
from classifier.training.conformal import choose_thresholds, conformal_bound, group_weights
from classifier.vocabulary import Label, Verdict
from tests.classifier.synthetic import labels


def drawn(count: int, seed: int) -> tuple[np.ndarray, list[Label]]:
    """Probabilities of both classes that overlap a little."""
    known = labels(count)
    noise = np.random.default_rng(seed).normal(0, 0.15, count)
    return np.clip(np.where(ai_targets(known), 0.75, 0.25) + noise, 0, 1), known


def test_the_bound_is_the_finite_sample_quantile() -> None:
    """With 99 scores and a share of 5 %, four may lie above: (4 + 1) / (99 + 1)."""
    scores = np.arange(99) / 100.0
    bound = conformal_bound(scores, np.ones(99), 0.05)
    assert np.sum(scores >= bound.threshold) == 4
    assert bound.share == 0.05


def test_too_few_scores_promise_what_they_can() -> None:
    scores = np.array([0.2, 0.5, 0.7])
    bound = conformal_bound(scores, np.ones(3), 0.01)
    assert bound.share == 0.25
    assert not (scores >= bound.threshold).any()
    assert bound.threshold == pytest.approx(0.7)


def test_equal_scores_are_never_split() -> None:
    bound = conformal_bound(np.full(99, 0.8), np.ones(99), 0.05)
    assert bound.threshold > 0.8


def test_the_promise_is_kept_on_pictures_of_the_same_kind() -> None:
    """Averaged over many draws of what it is calibrated with, as the promise says."""
    accused, missed = [], []
    for seed in range(60):
        chances, known = drawn(400, seed)
        thresholds = choose_thresholds(chances, known, ["clean"] * 400)
        new, truth = drawn(4000, 1000 + seed)
        accused.append(np.mean(new[~ai_targets(truth)] >= thresholds.ai))
        missed.append(np.mean(new[ai_targets(truth)] <= thresholds.human))
    assert np.mean(accused) <= 0.015
    assert np.mean(accused) >= 0.003, "and it is not kept by never speaking"
    assert np.mean(missed) <= 0.07


def test_it_holds_in_each_tier() -> None:
    known = labels(4000)
    tiers = np.array(["clean", "hard"]).repeat(2000)
    spread = np.where(tiers == "hard", 0.3, 0.1)
    noise = spread * np.random.default_rng(0).normal(size=4000)
    chances = np.clip(np.where(ai_targets(known), 0.8, 0.3) + noise, 0, 1)
    thresholds = choose_thresholds(chances, known, tiers.tolist())
    for tier in ("clean", "hard"):
        human = chances[~ai_targets(known) & (tiers == tier)]
        machine = chances[ai_targets(known) & (tiers == tier)]
        assert np.mean(human >= thresholds.ai) <= 0.015
        assert np.mean(machine <= thresholds.human) <= 0.07


def test_a_small_origin_is_not_drowned_by_a_large_one() -> None:
    """A third of a small origin's pictures would be called AI if all pictures counted alike."""
    human = np.concatenate([np.linspace(0.0, 0.5, 2000), np.linspace(0.3, 0.9, 25)])
    chances = np.concatenate([human, np.linspace(0.5, 1, 400)])
    known = [Label.HUMAN] * 2025 + [Label.AI] * 400
    groups = ["large"] * 2000 + ["small"] * 25 + ["lamp"] * 400
    alike = choose_thresholds(chances, known, ["clean"] * len(known))
    fair = choose_thresholds(chances, known, ["clean"] * len(known), groups)
    small = human[2000:]
    assert np.mean(small >= alike.ai) > 0.15
    assert np.mean(small >= fair.ai) <= 0.15


def test_one_generator_does_not_decide_what_is_called_human() -> None:
    """The worst origin counts because it is people who are accused; a missed picture is not."""
    strange, usual = np.linspace(0.1, 0.5, 25), np.linspace(0.5, 1, 2000)
    chances = np.concatenate([np.linspace(0.0, 0.45, 400), strange, usual])
    known = [Label.HUMAN] * 400 + [Label.AI] * 2025
    groups = ["film"] * 400 + ["strange"] * 25 + [f"usual {n % 19}" for n in range(2000)]
    thresholds = choose_thresholds(chances, known, ["clean"] * len(known), groups)
    assert thresholds.human == 0.4
    assert np.mean(strange <= thresholds.human) > 0.06


def test_groups_weigh_alike_and_very_small_ones_less() -> None:
    groups = np.array(["large"] * 100 + ["middle"] * 20 + ["tiny"])
    weights = group_weights(groups)
    assert weights.mean() == pytest.approx(1.0)
    assert weights[:100].sum() == pytest.approx(weights[100:120].sum())
    assert weights[120] == pytest.approx(weights[100])


def test_the_thresholds_keep_away_from_one_half() -> None:
    known = labels(400)
    thresholds = choose_thresholds(ai_targets(known) * 1.0, known, ["clean"] * 400)
    assert (thresholds.human, thresholds.ai) == (0.4, 0.6)


def test_a_detector_that_knows_nothing_answers_nothing() -> None:
    known = labels(2000)
    chances = np.random.default_rng(0).random(2000)
    said = choose_thresholds(chances, known, ["clean"] * 2000).verdicts(chances)
    assert said.count(Verdict.UNCERTAIN) >= 1750


def test_you_may_ask_for_another_promise() -> None:
    chances, known = drawn(4000, 3)
    strict = choose_thresholds(chances, known, ["clean"] * 4000, false_ai=0.002)
    usual = choose_thresholds(chances, known, ["clean"] * 4000)
    assert strict.ai > usual.ai
    assert (strict.false_ai, usual.false_ai, usual.false_human) == (0.002, 0.015, 0.07)


def test_one_class_alone_promises_nothing() -> None:
    with pytest.raises(ValueError, match="both classes"):
        choose_thresholds(np.full(5, 0.5), [Label.HUMAN] * 5, ["clean"] * 5)
