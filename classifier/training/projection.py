"""Fewer numbers for an embedding: the directions in which what was learned from varies most."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from classifier.detector.embedder import Embedding
from classifier.detector.replay import Replay
from classifier.training.embedding import Embedded

LEAST_SPREAD = 1e-3


@dataclass(frozen=True)
class Projection:
    """``weight`` (to, from) and ``bias`` (to,): a linear map, so the mean of a map goes with it."""

    weight: npt.NDArray[np.float32]
    bias: npt.NDArray[np.float32]

    def __call__(self, embeddings: npt.NDArray[np.floating]) -> Embedding:
        """Take (..., from), return (..., to)."""
        projected = embeddings.astype(np.float32) @ self.weight.T + self.bias
        return np.asarray(projected, dtype=np.float32)

    def embedded(self, before: Embedded) -> Embedded:
        """Project all rows of a replay set and the views of those that are held out."""
        rows = self(before.replay.embeddings).astype(np.float16)
        views = [None if seen is None else self(seen) for seen in before.views]
        return Embedded(replace(before.replay, embeddings=rows), views)


def principal(learning: Replay, width: int) -> Projection:
    """Standardise each number of (N, D) embeddings, and keep ``width`` principal directions.

    No label is looked at. Each direction comes out with a mean of zero, and the first with a
    variance of one; the others keep their proportion to it.
    """
    rows = learning.embeddings.astype(np.float32)
    middle, spread = rows.mean(axis=0), rows.std(axis=0) + LEAST_SPREAD
    standard = (rows - middle) / spread
    values, vectors = np.linalg.eigh(standard.T @ standard / len(standard))
    axes = vectors[:, ::-1][:, :width].T / np.sqrt(values[-1])
    weight = axes / spread
    return Projection(weight.astype(np.float32), (-weight @ middle).astype(np.float32))
