"""From an embedding to a verdict: the linear head, its calibration, thresholds and doubts."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from math import isfinite

import numpy as np
import numpy.typing as npt

from classifier.detector.asking import priorities
from classifier.detector.doubt import Doubt
from classifier.detector.polarity import BoolArray, FloatArray, sigmoid
from classifier.vocabulary import Reason, Verdict


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
    """``ai`` from ``ai`` upwards, ``human`` from ``human`` downwards, uncertain between.

    ``false_ai`` is the share of human pictures that may reach ``ai``, ``false_human`` the share
    of AI pictures that may reach ``human``, as docs/abstention.md explains; None where a bundle
    promises nothing.
    """

    human: float
    ai: float
    false_ai: float | None = None
    false_human: float | None = None

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
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True)
class Opinions:
    """What a judge says of N embeddings: calibrated probabilities of AI, verdicts and reasons.

    ``reasons`` has for each picture all reasons not to answer, none where there is an answer.
    ``priorities`` are the ranks by which people should be asked, 0 to 1; ``novelties`` the
    distances from what was learned from, 1 at the bound of doubt, NaN where there is none.
    """

    logits: FloatArray
    probabilities: FloatArray
    verdicts: Sequence[Verdict]
    reasons: Sequence[tuple[Reason, ...]]
    priorities: FloatArray
    novelties: FloatArray


@dataclass(frozen=True)
class Judge:
    """All of a detector behind its backbone; a refit makes a new one."""

    head: Head
    calibration: Calibration
    thresholds: Thresholds
    doubt: Doubt = field(default_factory=Doubt)

    def judge(
        self,
        embeddings: FloatArray,
        *,
        disagreements: FloatArray | None = None,
        too_small: BoolArray | None = None,
    ) -> Opinions:
        """Take embeddings (N, D), and what else is known of the pictures, (N,) each.

        ``disagreements`` (NaN where not measured) says how far a picture's crops differ,
        ``too_small`` whether there is too little of it to answer.
        """
        logits = self.head.logits(embeddings)
        novelties = self.doubt.novelties(embeddings)
        probabilities = self.calibration.probabilities(logits)
        verdicts = self.thresholds.verdicts(probabilities)
        doubts = {
            Reason.TOO_SMALL: too_small,
            Reason.UNFAMILIAR: self.doubt.is_unfamiliar(embeddings),
            Reason.VIEWS_DISAGREE: None
            if disagreements is None
            else self.doubt.disagrees(disagreements),
            Reason.BETWEEN_THRESHOLDS: np.array(
                [verdict is Verdict.UNCERTAIN for verdict in verdicts], dtype=np.bool_
            ),
        }
        reasons = _reasons(doubts, len(verdicts))
        return Opinions(
            logits,
            probabilities,
            [
                Verdict.UNCERTAIN if why else verdict
                for verdict, why in zip(verdicts, reasons, strict=True)
            ],
            reasons,
            priorities(probabilities, novelties, human=self.thresholds.human),
            novelties,
        )


def _reasons(doubts: dict[Reason, BoolArray | None], count: int) -> list[tuple[Reason, ...]]:
    """For each picture those of the doubts that hold, in their order."""
    asked = [(reason, holds) for reason, holds in doubts.items() if holds is not None]
    return [tuple(reason for reason, holds in asked if holds[row]) for row in range(count)]
