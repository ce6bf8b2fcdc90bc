"""Logistic regression by Newton's method, small enough to read and without a further library."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from classifier.detector.polarity import sigmoid

Vector = npt.NDArray[np.floating]

MOST_STEPS = 60
CLOSE_ENOUGH = 1e-6


@dataclass(frozen=True)
class Linear:
    """log-odds = features · weight + bias."""

    weight: Vector
    bias: float


def fit_logistic(
    features: npt.NDArray[np.floating],
    targets: npt.NDArray[np.floating],
    *,
    row_weights: npt.NDArray[np.floating],
    penalty: float,
    prior: Linear | None = None,
    start: Linear | None = None,
    close_enough: float = CLOSE_ENOUGH,
) -> Linear:
    """Fit (N, D) features to (N,) targets in 0..1, rows weighted (their sum becomes one).

    ``penalty`` pulls the weights towards ``prior`` (zero if none) on the scale of each feature's
    spread; the bias is free. A good ``start`` (the prior if none) saves steps and changes nothing
    else; the last step gains less than ``close_enough`` of the loss. Raises FloatingPointError
    where the numbers leave the finite.
    """
    rows = np.asarray(features, dtype=np.float64)
    shares = np.asarray(row_weights, dtype=np.float64) / np.sum(row_weights)
    middle = shares @ rows
    spread = np.sqrt(shares @ (rows - middle) ** 2) + 1e-6
    scaled = np.column_stack([(rows - middle) / spread, np.ones(len(rows))])
    problem = _Problem(
        rows=scaled,
        targets=np.asarray(targets, np.float64),
        shares=shares,
        penalties=np.append(np.full(len(spread), penalty), 1e-9),
        pulled_to=_scaled(prior, middle, spread),
    )
    first = _scaled(start, middle, spread) if start else problem.pulled_to
    solution = _newton(problem, first, close_enough)
    weight = solution[:-1] / spread
    return Linear(weight, float(solution[-1] - weight @ middle))


@dataclass(frozen=True)
class _Problem:
    """The weighted log loss plus half the penalised squared distance from ``pulled_to``."""

    rows: Vector
    targets: Vector
    shares: Vector
    penalties: Vector
    pulled_to: Vector

    def loss(self, point: Vector) -> float:
        logits = self.rows @ point
        misfit = np.logaddexp(0.0, logits) - self.targets * logits
        distance = self.penalties @ (point - self.pulled_to) ** 2
        return float(self.shares @ misfit + 0.5 * distance)


def _scaled(linear: Linear | None, middle: Vector, spread: Vector) -> Vector:
    if linear is None:
        return np.zeros(len(spread) + 1)
    return np.append(linear.weight * spread, linear.bias + linear.weight @ middle)


def _newton(problem: _Problem, first: Vector, close_enough: float) -> Vector:
    """Minimise the problem's loss from ``first`` on."""
    rows, shares, penalties = problem.rows, problem.shares, problem.penalties
    # The curvature only steers the step, so half the precision does, in half the time.
    short = rows.astype(np.float32)
    point, value = first.copy(), problem.loss(first)
    for _ in range(MOST_STEPS):
        chances = sigmoid(rows @ point)
        pull = penalties * (point - problem.pulled_to)
        slope = rows.T @ (shares * (chances - problem.targets)) + pull
        bend = (shares * chances * (1 - chances)).astype(np.float32)
        curvature = ((short * bend[:, None]).T @ short).astype(np.float64)
        curvature[np.diag_indices_from(curvature)] += penalties + 1e-12
        step = np.linalg.solve(curvature, slope)
        point, value, moved = _downhill(problem.loss, point, value, step)
        if not np.isfinite(value):
            raise FloatingPointError("the fit left the finite numbers")
        if moved < close_enough:
            break
    return point


def _downhill(
    loss: Callable[[Vector], float], point: Vector, value: float, step: Vector
) -> tuple[Vector, float, float]:
    """Halve the step until the loss falls; return the new point, its loss and by how much."""
    size = 1.0
    while size > 1e-4:
        candidate = point - size * step
        reached = loss(candidate)
        if reached <= value:
            return candidate, reached, value - reached
        size /= 2
    return point, value, 0.0
