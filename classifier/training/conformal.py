"""Thresholds that keep a promise: split conformal, for each class on its own (Mondrian).

Take a picture whose score is as likely to stand at any rank among the n held-out scores of its
class as at any other (it is exchangeable with them). If the threshold lies above all but k of
them, such a picture reaches it with a chance of at most (k + 1) / (n + 1).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from classifier.detector.decision import Thresholds
from classifier.detector.polarity import FloatArray, ai_targets
from classifier.vocabulary import Label

# The share of the human pictures that may be called AI, and of the AI pictures called human.
FALSE_AI, FALSE_HUMAN = 0.015, 0.07
# No origin of so many human pictures in a tier may have more of them called AI: nobody is accused
# because many others are not. Of the AI pictures that pass for human no one generator decides.
WORST_GROUP, LEAST_OF_A_GROUP = 0.15, 20
LEAST_SURE_AI, LEAST_SURE_HUMAN = 0.6, 0.4
ROUNDING = 1e-9

Words = npt.NDArray[np.str_]


@dataclass(frozen=True)
class Bound:
    """A threshold that at most a ``share`` of the pictures of one class reaches."""

    threshold: float
    share: float


def choose_thresholds(
    probabilities: FloatArray,
    labels: Sequence[Label],
    tiers: Sequence[str],
    groups: Sequence[str] | None = None,
    *,
    false_ai: float = FALSE_AI,
    false_human: float = FALSE_HUMAN,
) -> Thresholds:
    """Choose where the detector speaks, from (N,) probabilities of pictures it did not learn from.

    In each tier at most a share ``false_ai`` of the human pictures reaches ``ai``, and at most
    ``false_human`` of the AI pictures reaches ``human``; large groups (origins or generators)
    count alike, whatever their size, and no origin has over 15 % called AI. Where the pictures
    are too few for such a promise the thresholds hold the best one there is, and say it. Neither
    comes nearer to one half than 0.6 and 0.4. Raises ValueError without both classes.
    """
    is_ai, tier = ai_targets(labels), np.array(tiers)
    group = np.array(groups if groups is not None else [""] * len(labels))
    if is_ai.all() or not is_ai.any():
        raise ValueError("both classes are needed")
    ai = _strictest(probabilities[~is_ai], tier[~is_ai], group[~is_ai], false_ai, WORST_GROUP)
    human = _strictest(1 - probabilities[is_ai], tier[is_ai], group[is_ai], false_human, 1.0)
    return Thresholds(
        human=min(LEAST_SURE_HUMAN, 1 - human.threshold),
        ai=max(LEAST_SURE_AI, ai.threshold),
        false_ai=ai.share,
        false_human=human.share,
    )


def group_weights(groups: Words) -> FloatArray:
    """Weigh N rows so that groups weigh alike, whatever their size; the mean is one.

    A group of fewer than 20 rows weighs less: one odd picture must not stand for a whole origin.
    """
    _, place, count = np.unique(groups, return_inverse=True, return_counts=True)
    weights = 1.0 / np.maximum(count, LEAST_OF_A_GROUP)[place]
    return np.asarray(weights / weights.mean(), dtype=np.float64)


def conformal_bound(scores: FloatArray, weights: FloatArray, share: float) -> Bound:
    """Return the lowest threshold that at most ``share`` of such scores reach.

    With unequal weights n is Kish's effective number, (Σw)² / Σw²; the promise is then as good as
    that approximation.
    """
    n = float(weights.sum() ** 2 / (weights**2).sum())
    share = max(share, 1 / (n + 1))
    order = np.argsort(-scores, kind="stable")
    above = np.cumsum(weights[order]) * n / weights.sum()
    return Bound(
        _above_all_but(scores, int(np.sum(above + 1 <= share * (n + 1) + ROUNDING))), share
    )


def _strictest(
    scores: FloatArray, tiers: Words, groups: Words, share: float, worst_share: float
) -> Bound:
    bounds = []
    for tier in np.unique(tiers):
        part, names = scores[tiers == tier], groups[tiers == tier]
        bounds.append(conformal_bound(part, group_weights(names), share))
        bounds += [Bound(worst, share) for worst in _worst_groups(part, names, worst_share)]
    return Bound(max(bound.threshold for bound in bounds), max(bound.share for bound in bounds))


def _worst_groups(scores: FloatArray, groups: Words, share: float) -> list[float]:
    names, counts = np.unique(groups, return_counts=True)
    return [
        _above_all_but(scores[groups == name], int(share * count + ROUNDING))
        for name, count in zip(names, counts, strict=True)
        if count >= LEAST_OF_A_GROUP
    ]


def _above_all_but(scores: FloatArray, allowed: int) -> float:
    """The next number above all but the ``allowed`` highest scores; 0 where all may reach it."""
    if allowed >= len(scores):
        return 0.0
    return float(min(np.nextafter(np.sort(scores)[::-1][allowed], 2.0), 1.0))
