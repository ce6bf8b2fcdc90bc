import json

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from classifier.detector.decision import Thresholds
from classifier.detector.polarity import ai_targets
from classifier.training.metrics import Interval, Judged, auroc, measure
from classifier.vocabulary import Label, Verdict
from tests.classifier.synthetic import labels

AI, HUMAN = Label.AI, Label.HUMAN


def test_every_figure_of_a_small_example() -> None:
    known = [AI, AI, AI, AI, HUMAN, HUMAN, HUMAN, HUMAN]
    chances = np.array([0.9, 0.8, 0.5, 0.1, 0.95, 0.4, 0.2, 0.1])
    verdicts = Thresholds(human=0.2, ai=0.8).verdicts(chances)
    metrics = measure(chances, known, verdicts, ["x"] * 4 + ["camera"] * 4)
    assert (metrics.n, metrics.n_ai) == (8, 4)
    values = {
        name: figure["value"]
        for name, figure in metrics.to_dict().items()
        if isinstance(figure, dict)
    }
    assert values == {
        "auroc": 0.5938,  # 9.5 of 16 pairs
        "balanced_accuracy": 0.75,
        "false_accusation_rate": 0.25,
        "recall": 0.5,
        "coverage": 0.75,
        "answered_accuracy": 0.6667,
        "average_precision": 0.6042,  # (1/2 + 2/3 + 3/4 + 4/8) / 4, those at 0.1 together
        "nll": 0.8949,
        "brier": 0.2778,
        "ece": 0.3937,  # 3.15 / 8: each bin counts by its pictures, those at 0.1 against each other
        "ece_noise": 0.2776,
    }
    human, ai = metrics.groups
    assert (human.group, human.label, human.n) == ("camera", HUMAN, 4)
    assert (human.right_at_half, human.called_ai, human.called_human) == (0.75, 0.25, 0.5)
    assert (ai.group, ai.called_ai, ai.called_human, ai.uncertain) == ("x", 0.5, 0.25, 0.25)


def test_it_agrees_with_a_reference_ties_included() -> None:
    known = labels(500)
    rng = np.random.default_rng(2)
    chances = np.clip(np.round(rng.normal(0.4, 0.2, 500) + 0.2 * ai_targets(known), 2), 0, 1)
    metrics = measure(chances, known, [Verdict.UNCERTAIN] * 500)
    assert metrics.auroc is not None
    assert metrics.balanced_accuracy is not None
    truth = ai_targets(known)
    assert metrics.auroc.value == pytest.approx(roc_auc_score(truth, chances), abs=1e-4)
    assert metrics.balanced_accuracy.value == pytest.approx(
        balanced_accuracy_score(truth, chances >= 0.5), abs=1e-4
    )
    assert metrics.auroc.low < metrics.auroc.value < metrics.auroc.high


def test_turning_the_probabilities_around_turns_the_auroc_around() -> None:
    known = labels(100)
    chances = np.random.default_rng(2).random(100)
    ours = Judged.of(chances, known, [Verdict.AI] * 100)
    theirs = Judged.of(1 - chances, known, [Verdict.AI] * 100)
    assert auroc(ours) == pytest.approx(1 - auroc(theirs))


def test_a_figure_without_a_meaning_is_none() -> None:
    metrics = measure(np.array([0.9, 0.9]), [AI, AI], [Verdict.UNCERTAIN] * 2)
    assert metrics.auroc is None
    assert metrics.false_accusation_rate is None
    assert metrics.answered_accuracy is None
    assert metrics.recall == Interval(0.0, 0.0, 0.8419)  # nobody found, of two


def test_the_figures_are_json_and_always_the_same() -> None:
    known = labels(60)
    chances = np.random.default_rng(1).random(60)
    once, again = (
        json.dumps(measure(chances, known, [Verdict.AI] * 60).to_dict(), allow_nan=False)
        for _ in range(2)
    )
    assert once == again


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="one length"):
        measure(np.array([0.5]), [AI, HUMAN], [Verdict.AI])


def test_none_of_a_few_is_no_promise() -> None:
    """Drawing again from no accusation gives none; the exact bound for 50 is 7 %."""
    known = [AI] * 50 + [HUMAN] * 50
    chances = np.array([0.9] * 50 + [0.1] * 50)
    metrics = measure(chances, known, [Verdict.AI] * 50 + [Verdict.HUMAN] * 50)
    assert metrics.false_accusation_rate == Interval(0.0, 0.0, 0.0711)
    assert metrics.recall == Interval(1.0, 0.9289, 1.0)
    artists = [str(place // 10) for place in range(100)]
    fewer = measure(chances, known, [Verdict.HUMAN] * 100, units=artists)
    assert fewer.false_accusation_rate == Interval(0.0, 0.0, 0.5218)  # five artists, not 50
    assert fewer.unit == "group"


def test_pictures_that_belong_together_make_the_intervals_wider() -> None:
    known = [AI] * 200 + [HUMAN] * 200
    right = np.tile(np.repeat([1, 1, 0, 1], 10), 10).astype(bool)
    chances = np.where(ai_targets(known) == right, 0.9, 0.1)
    units = [str(place // 10) for place in range(400)]
    verdicts = [Verdict.UNCERTAIN] * 400
    alone = measure(chances, known, verdicts).balanced_accuracy
    together = measure(chances, known, verdicts, units=units).balanced_accuracy
    assert alone is not None
    assert together is not None
    assert alone.value == together.value == 0.75
    assert together.high - together.low > 2 * (alone.high - alone.low)
