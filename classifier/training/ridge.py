"""Least squares with each generator and origin left out in turn, without fitting anew each time.

For features with more numbers than a logistic regression can tell apart, squared error was
measured to carry over to strangers better (docs/adr): it does not lean on the hardest pictures.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from classifier.detector.polarity import BoolArray, FloatArray
from classifier.training.logistic import Linear

PENALTY = 0.1
# Squared error answers -1 or 1; so many times as much is about log-odds, before calibration.
LOG_ODDS = 4.0
LEAST_SPREAD = 1e-3
Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Ridge:
    """A head that learned from all groups, and of each group one that learned from all others."""

    whole: Linear
    without: dict[str, Linear]


@dataclass(frozen=True)
class _Moments:
    """Second (D + 1, D + 1) and first (D + 1,) moments, the last column being one."""

    second: Matrix
    first: Matrix

    def less(self, part: "_Moments", share: float) -> "_Moments":
        """Return what is left of a mean when a part with that share of it goes."""
        rest = 1 - share
        return _Moments(
            (self.second - share * part.second) / rest, (self.first - share * part.first) / rest
        )


def fit_ridge(
    features: npt.NDArray[np.floating],
    is_ai: BoolArray,
    groups: Sequence[str],
    *,
    penalty: float = PENALTY,
) -> Ridge:
    """Fit (N, D) features to the class, and once more without each of the ``groups`` (N,).

    Each class weighs alike; within a class a group counts with the square root of its size.
    ``penalty`` is on the scale of standardised features. A class of one group stays whole. Names
    must differ between the classes. Raises ValueError where only one class is there.
    """
    if is_ai.all() or not is_ai.any():
        raise ValueError("both classes are needed")
    middle, spread = features.mean(axis=0), features.std(axis=0) + LEAST_SPREAD
    standard = ((features - middle) / spread).astype(np.float32)
    names = np.array(groups)
    shares = _shares(is_ai, names)
    sides = {side: _mixture(standard, names, shares[side]) for side in (True, False)}

    def solved(ai: _Moments, human: _Moments) -> Linear:
        return _unstandardised(_solve(ai, human, penalty), middle, spread)

    without = {}
    for side, members in shares.items():
        for name, share in members.items():
            if len(members) > 1:
                part = sides[side].less(_moments(standard[names == name]), share)
                ai, human = (part, sides[False]) if side else (sides[True], part)
                without[name] = solved(ai, human)
    return Ridge(solved(sides[True], sides[False]), without)


def left_out_scores(
    ridge: Ridge, features: npt.NDArray[np.floating], groups: Sequence[str]
) -> FloatArray:
    """Return log-odds (N,) of heads that had learned from nothing of each row's group."""
    names, scores = np.array(groups), np.empty(len(features))
    for name in np.unique(names):
        head = ridge.without.get(str(name), ridge.whole)
        rows = names == name
        scores[rows] = features[rows].astype(np.float64) @ head.weight + head.bias
    return scores


def _shares(is_ai: BoolArray, names: npt.NDArray[np.str_]) -> dict[bool, dict[str, float]]:
    """Return of each class what share each of its groups has in it."""
    found = {}
    for side in (True, False):
        members, counts = np.unique(names[is_ai == side], return_counts=True)
        parts = np.sqrt(counts) / np.sqrt(counts).sum()
        found[side] = dict(zip(members.tolist(), parts.tolist(), strict=True))
    return found


def _mixture(
    standard: npt.NDArray[np.float32], names: npt.NDArray[np.str_], shares: dict[str, float]
) -> _Moments:
    width = standard.shape[1] + 1
    second, first = np.zeros((width, width)), np.zeros(width)
    for name, share in shares.items():
        part = _moments(standard[names == name])
        second += share * part.second
        first += share * part.first
    return _Moments(second, first)


def _moments(rows: npt.NDArray[np.float32]) -> _Moments:
    with_one = np.concatenate([rows, np.ones((len(rows), 1), np.float32)], axis=1)
    return _Moments(
        (with_one.T @ with_one).astype(np.float64) / len(rows),
        with_one.mean(axis=0, dtype=np.float64),
    )


def _solve(ai: _Moments, human: _Moments, penalty: float) -> Matrix:
    second = (ai.second + human.second) / 2
    second[np.diag_indices(len(second) - 1)] += penalty
    return np.asarray(np.linalg.solve(second, (ai.first - human.first) / 2))


def _unstandardised(solution: Matrix, middle: Matrix, spread: Matrix) -> Linear:
    weight = LOG_ODDS * solution[:-1] / spread
    return Linear(weight, float(LOG_ODDS * solution[-1] - weight @ middle))
