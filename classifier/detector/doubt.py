"""When a score is not to be trusted, however clear it is: ways to tell from the picture itself."""

from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
import numpy.typing as npt

from classifier.detector.polarity import BoolArray, FloatArray

TINY = 1e-12


@dataclass(frozen=True)
class Familiarity:
    """What was learned from, as M middles of groups of similar pictures.

    ``middle`` (D,) is the mean embedding, ``axes`` (K, D) the directions in which embeddings
    differ most, ``prototypes`` (M, K) unit vectors along those axes. A few hundred KB at most.
    """

    middle: npt.NDArray[np.float32]
    axes: npt.NDArray[np.float32]
    prototypes: npt.NDArray[np.float32]

    def __post_init__(self) -> None:
        width, kept = self.middle.shape[-1], self.axes.shape[0]
        fits = self.axes.shape == (kept, width) and self.prototypes.shape[1:] == (kept,)
        if self.middle.ndim != 1 or not fits or not len(self.prototypes):
            raise ValueError("a familiarity needs a middle (D,), axes (K, D), prototypes (M, K)")
        if not all(np.isfinite(part).all() for part in (self.middle, self.axes, self.prototypes)):
            raise ValueError("a familiarity needs finite numbers")

    def directions(self, embeddings: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
        """Return unit vectors (N, K) for embeddings (N, D)."""
        along = (np.asarray(embeddings, np.float32) - self.middle) @ self.axes.T
        return np.asarray(along / (np.linalg.norm(along, axis=1, keepdims=True) + TINY))

    def distances(self, embeddings: npt.NDArray[np.floating]) -> FloatArray:
        """Return the cosine distance of each embedding to the nearest prototype, (N,), 0 to 2."""
        nearest = (self.directions(embeddings) @ self.prototypes.T).max(axis=1)
        return np.asarray(1.0 - nearest, dtype=np.float64)


@dataclass(frozen=True)
class Doubt:
    """Bounds beyond which no answer is given; None where there is no bound.

    ``disagreement`` bounds the spread of a picture's crops (see :func:`disagreement_of`),
    ``distance`` how far its embedding may lie from what was learned from.
    """

    disagreement: float | None = None
    distance: float | None = None
    familiarity: Familiarity | None = None

    def __post_init__(self) -> None:
        for bound in (self.disagreement, self.distance):
            if bound is not None and not (isfinite(bound) and bound >= 0):
                raise ValueError("a bound of doubt must be a finite number, zero or above")
        if (self.distance is None) != (self.familiarity is None):
            raise ValueError("a bound on the distance needs something to measure it from")

    def disagrees(self, disagreements: FloatArray) -> BoolArray:
        """Take (N,), NaN where it was not measured: those never disagree."""
        if self.disagreement is None:
            return np.zeros(len(disagreements), dtype=np.bool_)
        return np.asarray(disagreements > self.disagreement)

    def is_unfamiliar(self, embeddings: npt.NDArray[np.floating]) -> BoolArray:
        """Take (N, D)."""
        if self.familiarity is None or self.distance is None:
            return np.zeros(len(embeddings), dtype=np.bool_)
        return np.asarray(self.familiarity.distances(embeddings) > self.distance)

    def novelties(self, embeddings: npt.NDArray[np.floating]) -> FloatArray:
        """Take (N, D); return (N,) distances as shares of the bound, NaN where there is none."""
        if self.familiarity is None or not self.distance:
            return np.full(len(embeddings), np.nan)
        return np.asarray(self.familiarity.distances(embeddings) / self.distance)

    def to_dict(self) -> dict[str, Any]:
        """Return the bounds for JSON; the arrays lie beside the head."""
        return {"disagreement": self.disagreement, "distance": self.distance}


def disagreement_of(logits: FloatArray) -> float | None:
    """Return the standard deviation of the crops' logits (n,), None for a single crop.

    The logits are the head's, before calibration: the spread does not depend on how sure the
    calibration makes the detector.
    """
    return float(np.std(logits)) if len(logits) > 1 else None
