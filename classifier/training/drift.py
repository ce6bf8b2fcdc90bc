"""How far a fine-tuned network's embeddings have moved, and what that makes of old ones."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from classifier.detector.polarity import FloatArray
from classifier.detector.replay import Replay

Rows = npt.NDArray[np.floating]

FOLDS = 4
# The share of the rows' own variance by which the map is held to "nothing has moved".
PENALTY = 0.1


@dataclass(frozen=True)
class Drift:
    """A linear map from embeddings (N, D) of the parent to those of its child.

    ``moved`` is how far pictures' embeddings lie from where they were, ``unexplained`` how far
    from where the map puts them, measured on pictures that it was not fitted to; both in standard
    deviations of an embedding's numbers. ``errors`` (N, D) are the single differences behind
    ``unexplained``.
    """

    matrix: FloatArray
    shift: FloatArray
    moved: float
    unexplained: float
    errors: FloatArray

    def of(self, old: Rows) -> FloatArray:
        """Return where the child would see what the parent saw at ``old`` (N, D)."""
        rows = np.asarray(old, dtype=np.float64)
        return np.asarray(rows + rows @ self.matrix + self.shift)

    def replay(self, old: Replay) -> Replay:
        """Return the replay set as the child would see it."""
        return replace(old, embeddings=self.of(old.embeddings).astype(np.float16))

    def doubtful_replay(self, old: Replay) -> Replay:
        """Return the same with the map's errors added to its rows, in turn.

        Whoever measures on rows that are mapped and not seen must not take them to be exact.
        """
        turn = np.random.default_rng(0).integers(len(self.errors), size=len(old))
        rows = self.of(old.embeddings) + self.errors[turn]
        return replace(old, embeddings=rows.astype(np.float16))


def measure_drift(old: Rows, new: Rows) -> Drift:
    """Fit the map to N pictures that both networks have seen, in one order.

    Raises ValueError for fewer than ``FOLDS`` of them.
    """
    if len(old) != len(new) or len(old) < FOLDS:
        raise ValueError(f"at least {FOLDS} pictures must have been seen by both networks")
    before, after = (np.asarray(rows, dtype=np.float64) for rows in (old, new))
    spread = before.std(axis=0) + 1e-9
    errors = np.empty_like(before)
    fold = np.random.default_rng(0).permutation(len(before)) % FOLDS
    for number in range(FOLDS):
        held = fold == number
        matrix, shift = _fit(before[~held], after[~held])
        errors[held] = after[held] - (before[held] + before[held] @ matrix + shift)
    matrix, shift = _fit(before, after)
    return Drift(
        matrix, shift, _distance(after - before, spread), _distance(errors, spread), errors
    )


def _fit(old: FloatArray, new: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Least squares of the movement on where it began, held towards no movement."""
    middle, moved = old.mean(axis=0), new - old
    centred = old - middle
    second = centred.T @ centred
    ridge = PENALTY * max(float(np.trace(second)) / len(second), 1e-12) * np.eye(len(second))
    matrix = np.linalg.solve(second + ridge, centred.T @ (moved - moved.mean(axis=0)))
    return matrix, moved.mean(axis=0) - middle @ matrix


def _distance(difference: FloatArray, spread: FloatArray) -> float:
    return float(np.sqrt(np.mean((difference / spread) ** 2)))
