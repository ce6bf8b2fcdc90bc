"""Calibration and thresholds, on pictures that were not trained on."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from classifier.detector.decision import Calibration, Head, Judge, Thresholds
from classifier.detector.polarity import FloatArray, ai_targets
from classifier.training.logistic import fit_logistic
from classifier.vocabulary import Label

FALSE_ACCUSATIONS = 0.02
WRONG_ANSWERS = 0.05
LEAST_SURE_AI, LEAST_SURE_HUMAN = 0.6, 0.4
STEPS = 0.005


def balanced_weights(is_ai: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """Give both classes the same total weight: no class is taken to be the likelier one."""
    if is_ai.all() or not is_ai.any():
        raise ValueError("both classes are needed")
    return np.where(is_ai, 0.5 / is_ai.sum(), 0.5 / (~is_ai).sum())


def fit_platt(logits: FloatArray, labels: Sequence[Label]) -> Calibration:
    """Fit slope and intercept; the targets stay off 0 and 1, so separable logits stay finite.

    Raises ValueError where the logits point the wrong way, or only one class is there.
    """
    is_ai = ai_targets(labels)
    high = (is_ai.sum() + 1) / (is_ai.sum() + 2)
    low = 1 / ((~is_ai).sum() + 2)
    fitted = fit_logistic(
        np.asarray(logits)[:, None],
        np.where(is_ai, high, low),
        row_weights=balanced_weights(is_ai),
        penalty=1e-6,
    )
    return Calibration(slope=float(fitted.weight[0]), intercept=fitted.bias)


def judge_from(
    head: Head, logits: FloatArray, labels: Sequence[Label], tiers: Sequence[str]
) -> Judge:
    """Calibrate a head by the (N,) logits of pictures that it was not fitted to.

    The calibration's intercept moves into the head's bias: a logit above zero is then exactly a
    probability of AI above one half, before and after calibration.
    """
    platt = fit_platt(logits, labels)
    shift = platt.intercept / platt.slope
    calibration = Calibration(slope=platt.slope, intercept=0.0)
    thresholds = choose_thresholds(calibration.probabilities(logits + shift), labels, tiers)
    return Judge(Head(head.weight, head.bias + shift), calibration, thresholds)


def choose_thresholds(
    probabilities: FloatArray, labels: Sequence[Label], tiers: Sequence[str]
) -> Thresholds:
    """Choose where the detector speaks.

    ``ai`` begins where at most 2 % of the human pictures lie above, in each tier; ``human`` ends
    where, were both classes equally frequent, at most 5 % of what lies below is AI, in each tier.
    Neither comes nearer to one half than 0.6 and 0.4.
    """
    is_ai, tier = ai_targets(labels), np.array(tiers)
    parts = [tier == name for name in sorted(set(tiers))]
    human = [probabilities[part & ~is_ai] for part in parts]
    ai = [probabilities[part & is_ai] for part in parts]
    return Thresholds(human=_human_threshold(human, ai), ai=_ai_threshold(human))


def _ai_threshold(human: list[FloatArray]) -> float:
    for threshold in np.arange(LEAST_SURE_AI, 1.0, STEPS):
        if all(np.mean(part >= threshold) <= FALSE_ACCUSATIONS for part in human):
            return round(float(threshold), 4)
    return 1.0


def _human_threshold(human: list[FloatArray], ai: list[FloatArray]) -> float:
    for threshold in np.arange(LEAST_SURE_HUMAN, 0.0, -STEPS):
        missed = [float(np.mean(part <= threshold)) for part in ai]
        right = [float(np.mean(part <= threshold)) for part in human]
        pairs = zip(missed, right, strict=True)
        if all(m <= WRONG_ANSWERS * (m + r) for m, r in pairs):
            return round(float(threshold), 4)
    return 0.0
