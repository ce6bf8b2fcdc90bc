"""Calibration and thresholds, on pictures that were not trained on."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from classifier.detector.decision import Calibration, Head, Judge
from classifier.detector.doubt import Doubt
from classifier.detector.polarity import FloatArray, ai_targets
from classifier.training.conformal import choose_thresholds, group_weights
from classifier.training.logistic import fit_logistic
from classifier.vocabulary import Label


def balanced_weights(is_ai: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """Give both classes the same total weight: no class is taken to be the likelier one."""
    if is_ai.all() or not is_ai.any():
        raise ValueError("both classes are needed")
    return np.where(is_ai, 0.5 / is_ai.sum(), 0.5 / (~is_ai).sum())


def fit_platt(
    logits: FloatArray, labels: Sequence[Label], groups: Sequence[str] | None = None
) -> Calibration:
    """Fit slope and intercept; the targets stay off 0 and 1, so separable logits stay finite.

    Both classes weigh alike, and in each class all ``groups`` do, whatever their size. Raises
    ValueError where the logits point the wrong way, or only one class is there.
    """
    is_ai = ai_targets(labels)
    high = (is_ai.sum() + 1) / (is_ai.sum() + 2)
    low = 1 / ((~is_ai).sum() + 2)
    fitted = fit_logistic(
        np.asarray(logits)[:, None],
        np.where(is_ai, high, low),
        row_weights=_fair_weights(is_ai, groups),
        penalty=1e-6,
    )
    return Calibration(slope=float(fitted.weight[0]), intercept=fitted.bias)


def _fair_weights(
    is_ai: npt.NDArray[np.bool_], groups: Sequence[str] | None
) -> npt.NDArray[np.float64]:
    weights = balanced_weights(is_ai)
    if groups is not None:
        for side in (is_ai, ~is_ai):
            weights[side] *= group_weights(np.array(groups)[side])
    return weights


def judge_from(
    head: Head,
    logits: FloatArray,
    labels: Sequence[Label],
    tiers: Sequence[str],
    groups: Sequence[str] | None = None,
    *,
    doubt: Doubt | None = None,
    platt: Calibration | None = None,
) -> Judge:
    """Calibrate a head by the (N,) logits of pictures that it was not fitted to.

    Best are logits of heads that had learned from nothing of the picture's group (its origin or
    generator): that is how a picture scores that is new to the detector. The calibration's
    intercept moves into the head's bias: a logit above zero is then exactly a probability of AI
    above one half, before and after calibration. ``platt`` is fitted here unless you bring it.
    Raises ValueError where the logits point the wrong way, or only one class is there.
    """
    platt = platt or fit_platt(logits, labels, groups)
    shift = platt.intercept / platt.slope
    calibration = Calibration(slope=platt.slope, intercept=0.0)
    probabilities = calibration.probabilities(logits + shift)
    thresholds = choose_thresholds(probabilities, labels, tiers, groups)
    return Judge(Head(head.weight, head.bias + shift), calibration, thresholds, doubt or Doubt())
