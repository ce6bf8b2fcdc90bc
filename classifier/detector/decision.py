"""From an embedding to a verdict: the linear head, its calibration and its two thresholds."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import isfinite

import numpy as np
import numpy.typing as npt

from classifier.detector.polarity import FloatArray, sigmoid
from classifier.vocabulary import Verdict


@dataclass(frozen=True)
class Head:
    """Linear on the embedding; its output is the log-odds of AI before calibration."""

    weight: npt.NDArray[np.float32]
    bias: float

    def logits(self, embeddings: FloatArray) -> npt.NDArray[np.float64]:
        """Take (N, D) or (D,), return (N,) or a scalar; positive means AI."""
        weight = self.weight.astype(np.float64)
        return np.asarray(embeddings.astype(np.float64) @ weight + self.bias)


@dataclass(frozen=True)
class Calibration:
    """Platt scaling: probability of AI = sigmoid(slope × logit + intercept)."""

    slope: float
    intercept: float
    method: str = "platt"

    def __post_init__(self) -> None:
        # A slope of zero or below would turn the detector's meaning around.
        if not (isfinite(self.slope) and isfinite(self.intercept)) or self.slope <= 0:
            raise ValueError("a calibration needs a finite intercept and a slope above zero")

    def probabilities(self, logits: FloatArray | float) -> FloatArray:
        return sigmoid(self.slope * np.asarray(logits) + self.intercept)

    def to_dict(self) -> dict[str, float | str]:
        return asdict(self)


@dataclass(frozen=True)
class Thresholds:
    """``ai`` from ``ai`` upwards, ``human`` from ``human`` downwards, uncertain between."""

    human: float
    ai: float

    def __post_init__(self) -> None:
        if not 0.0 <= self.human < self.ai <= 1.0:
            raise ValueError("thresholds need 0 <= human < ai <= 1")

    def verdict(self, probability_ai: float) -> Verdict:
        if probability_ai >= self.ai:
            return Verdict.AI
        return Verdict.HUMAN if probability_ai <= self.human else Verdict.UNCERTAIN

    def verdicts(self, probabilities: FloatArray) -> list[Verdict]:
        return [self.verdict(float(probability)) for probability in probabilities]

    def to_dict(self) -> dict[str, float]:
        return asdict(self)


@dataclass(frozen=True)
class Opinions:
    """What a judge says of N embeddings: calibrated probabilities of AI and verdicts."""

    logits: FloatArray
    probabilities: FloatArray
    verdicts: Sequence[Verdict]


@dataclass(frozen=True)
class Judge:
    """All of a detector behind its backbone; a refit makes a new one."""

    head: Head
    calibration: Calibration
    thresholds: Thresholds

    def judge(self, embeddings: FloatArray) -> Opinions:
        """Take embeddings (N, D)."""
        logits = self.head.logits(embeddings)
        probabilities = self.calibration.probabilities(logits)
        return Opinions(logits, probabilities, self.thresholds.verdicts(probabilities))
