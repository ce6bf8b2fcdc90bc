"""The figures against scikit-learn's, and against what one can count by hand."""

import numpy as np
import pytest
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    log_loss,
    roc_auc_score,
)

from classifier.detector.polarity import ai_targets
from classifier.training.figures import (
    FIGURES,
    Judged,
    auroc,
    average_precision,
    brier,
    ece,
    even_weights,
    nll,
)
from classifier.vocabulary import Label, Verdict

AI, HUMAN = Label.AI, Label.HUMAN


def judged(seed: int, *, ai: int = 90, human: int = 310, digits: int = 2) -> Judged:
    """Uneven classes and many ties."""
    known = [AI] * ai + [HUMAN] * human
    noise = np.random.default_rng(seed).normal(0.4, 0.2, len(known))
    chances = np.clip(np.round(noise + 0.25 * ai_targets(known), digits), 0.01, 0.99)
    return Judged.of(chances, known, [Verdict.UNCERTAIN] * len(known))


@pytest.mark.parametrize("seed", range(4))
def test_they_agree_with_a_reference_where_both_classes_weigh_alike(seed: int) -> None:
    ours = judged(seed)
    truth, chances, weights = ours.is_ai, ours.probabilities, even_weights(ours.is_ai)
    assert auroc(ours) == pytest.approx(roc_auc_score(truth, chances))
    assert average_precision(ours) == pytest.approx(
        average_precision_score(truth, chances, sample_weight=weights)
    )
    assert brier(ours) == pytest.approx(brier_score_loss(truth, chances, sample_weight=weights))
    assert nll(ours) == pytest.approx(log_loss(truth, chances, sample_weight=weights))


def test_more_pictures_of_one_class_change_none_of_the_even_figures() -> None:
    few = judged(1)
    thrice = np.concatenate([np.flatnonzero(few.is_ai), *[np.flatnonzero(~few.is_ai)] * 3])
    for figure in (average_precision, brier, nll, ece):
        assert figure(few.rows(thrice)) == pytest.approx(figure(few))


def test_the_calibration_error_is_what_probability_and_truth_lie_apart() -> None:
    known = [AI] * 5 + [HUMAN] * 5
    said = np.array([0.9] * 10)
    even = Judged.of(said, known, [Verdict.AI] * 10)
    assert ece(even) == pytest.approx(0.4)  # said 0.9, true of one half
    honest = Judged.of(np.array([0.5] * 10), known, [Verdict.AI] * 10)
    assert ece(honest) == pytest.approx(0.0)
    apart = Judged.of(np.array([0.8] * 5 + [0.3] * 5), known, [Verdict.AI] * 10)
    assert ece(apart) == pytest.approx((0.2 + 0.3) / 2)


def test_a_wrong_certainty_costs_much_and_not_everything() -> None:
    sure = Judged.of(np.array([0.0, 0.0]), [AI, HUMAN], [Verdict.HUMAN] * 2)
    assert 5 < nll(sure) < 10


def test_one_class_alone_has_no_such_figures() -> None:
    alone = Judged.of(np.array([0.2, 0.9]), [AI, AI], [Verdict.AI] * 2)
    for name in ("auroc", "average_precision", "nll", "brier", "ece", "balanced_accuracy"):
        assert np.isnan(FIGURES[name](alone))
