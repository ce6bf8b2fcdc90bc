"""Learning the bounds of doubt: how far crops may differ, how far a picture may be from home."""

import numpy as np
import numpy.typing as npt

from classifier.detector.doubt import Doubt, Familiarity
from classifier.detector.polarity import FloatArray
from classifier.detector.replay import Replay
from classifier.training.out_of_fold import folds

# The share of held-out pictures beyond each bound. What they buy is measured in
# docs/adr/0018: stricter bounds cost answers that are mostly right.
BEYOND_DISAGREEMENT, BEYOND_DISTANCE = 0.05, 0.02
# With fewer pictures nothing can be said of what is usual.
LEAST_HELD_OUT, LEAST_LEARNED = 100, 500

AXES, PROTOTYPES, ROUNDS = 64, 256, 12
# A prototype is the middle of at least so many pictures: none of them can be read back from it.
LEAST_OF_A_PROTOTYPE = 5


def learn_doubt(learning: Replay, held_out: Replay) -> Doubt:
    """Learn both bounds on ``held_out`` rows; too few of them, and there is no bound."""
    measured = held_out.disagreements[np.isfinite(held_out.disagreements)]
    disagreement = _bound(measured, BEYOND_DISAGREEMENT)
    if len(learning) < LEAST_LEARNED or len(held_out) < LEAST_HELD_OUT:
        return Doubt(disagreement=disagreement)
    familiarity = learn_familiarity(learning.embeddings)
    distances = left_out_distances(familiarity, learning, held_out)
    return Doubt(disagreement, _bound(distances, BEYOND_DISTANCE), familiarity)


def learn_familiarity(embeddings: npt.NDArray[np.floating]) -> Familiarity:
    """Group what was learned from, (N, D), by similarity along the directions that vary most."""
    rows = np.asarray(embeddings, dtype=np.float32)
    middle = rows.mean(axis=0)
    centred = rows - middle
    _, vectors = np.linalg.eigh(centred.T @ centred)
    axes = np.ascontiguousarray(vectors[:, ::-1][:, :AXES].T)
    nothing_yet = np.zeros((1, len(axes)), dtype=np.float32)
    return familiar_with(Familiarity(middle, axes, nothing_yet), rows)


def familiar_with(base: Familiarity, embeddings: npt.NDArray[np.floating]) -> Familiarity:
    """Learn the prototypes anew from (N, D), along the axes of ``base``."""
    return Familiarity(base.middle, base.axes, _prototypes(base.directions(embeddings)))


def left_out_distances(base: Familiarity, learning: Replay, held_out: Replay) -> FloatArray:
    """Return how far each row (N,) lies from what was learned, its own group left out."""
    distances = np.empty(len(held_out))
    for fold in folds(learning, held_out):
        known = familiar_with(base, fold.learning.embeddings)
        distances[fold.held] = known.distances(held_out.embeddings[fold.held])
    return distances


def _bound(values: npt.NDArray[np.floating], beyond: float) -> float | None:
    if len(values) < LEAST_HELD_OUT:
        return None
    return float(np.quantile(values, 1 - beyond))


def _prototypes(directions: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Spherical k-means of unit vectors (N, K); returns those middles (M, K) that stand for many.

    Always the same ones for the same rows.
    """
    rng = np.random.default_rng(0)
    count = min(PROTOTYPES, max(len(directions) // LEAST_OF_A_PROTOTYPE, 1))
    middles = directions[rng.choice(len(directions), count, replace=False)]
    for _ in range(ROUNDS):
        nearest = (directions @ middles.T).argmax(axis=1)
        sums = np.zeros_like(middles)
        np.add.at(sums, nearest, directions)
        length = np.linalg.norm(sums, axis=1, keepdims=True)
        middles = np.where(length > 0, sums / np.maximum(length, 1e-12), middles)
    sizes = np.bincount(nearest, minlength=count)
    many = middles[sizes >= LEAST_OF_A_PROTOTYPE]
    return np.asarray(many if len(many) else middles[sizes.argmax()][np.newaxis], np.float32)
