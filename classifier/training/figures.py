"""The figures that one set of judged pictures gives. Each is NaN where it has no meaning.

Average precision, log loss, Brier score and calibration error depend on how frequent the classes
are. The probability is made for a pile in which both are equally frequent, so these four weigh
each class by one half, whatever the set holds.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from classifier.detector.polarity import FloatArray, ai_targets
from classifier.vocabulary import Label, Verdict

Flags = npt.NDArray[np.bool_]
BINS = 15
# A probability of exactly 0 or 1 that is wrong would make the log loss infinite.
LEAST_CHANCE = 1e-6


@dataclass(frozen=True)
class Judged:
    """N pictures with what they are and what a detector says of them."""

    is_ai: Flags
    probabilities: FloatArray
    verdict_ai: Flags
    verdict_human: Flags

    @classmethod
    def of(
        cls, probabilities: FloatArray, labels: Sequence[Label], verdicts: Sequence[Verdict]
    ) -> "Judged":
        """Raise ValueError where the three are not of one length."""
        if not len(probabilities) == len(labels) == len(verdicts):
            raise ValueError("probabilities, labels and verdicts must be of one length")
        ai = np.array([verdict is Verdict.AI for verdict in verdicts], dtype=np.bool_)
        human = np.array([verdict is Verdict.HUMAN for verdict in verdicts], dtype=np.bool_)
        return cls(ai_targets(labels), np.asarray(probabilities, np.float64), ai, human)

    def rows(self, chosen: npt.NDArray[Any]) -> "Judged":
        return Judged(
            self.is_ai[chosen],
            self.probabilities[chosen],
            self.verdict_ai[chosen],
            self.verdict_human[chosen],
        )

    @property
    def answered(self) -> Flags:
        return np.asarray(self.verdict_ai | self.verdict_human)

    @property
    def right(self) -> Flags:
        """Whether a verdict was given and is right, (N,)."""
        return np.asarray(np.where(self.is_ai, self.verdict_ai, self.verdict_human))

    @property
    def right_at_half(self) -> Flags:
        return np.asarray((self.probabilities >= 0.5) == self.is_ai)

    @property
    def one_class(self) -> bool:
        return bool(self.is_ai.all() or not self.is_ai.any())


def even_weights(is_ai: Flags) -> npt.NDArray[np.float64]:
    """Weights of sum one in which each class has half; where one is missing, all are alike."""
    ai = int(is_ai.sum())
    human = len(is_ai) - ai
    if not ai or not human:
        return np.full(len(is_ai), 1.0 / max(len(is_ai), 1))
    return np.where(is_ai, 0.5 / ai, 0.5 / human)


def auroc(judged: Judged) -> float:
    """Chance that an AI picture scores above a human one; ties count half. NaN for one class."""
    if judged.one_class:
        return float("nan")
    ai = int(judged.is_ai.sum())
    human = len(judged.is_ai) - ai
    _, place, count = np.unique(judged.probabilities, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(count) - (count - 1) / 2)[place]
    return float((ranks[judged.is_ai].sum() - ai * (ai + 1) / 2) / (ai * human))


def average_precision(judged: Judged) -> float:
    """Mean precision over the AI pictures, ranked from the most to the least suspicious."""
    if judged.one_class:
        return float("nan")
    weights = even_weights(judged.is_ai)
    _, place = np.unique(-judged.probabilities, return_inverse=True)
    found = np.bincount(place, weights * judged.is_ai)
    precision = np.cumsum(found) / np.cumsum(np.bincount(place, weights))
    return float(precision @ found / found.sum())


def nll(judged: Judged) -> float:
    """Log loss in nats; 0.693 is a coin's."""
    if judged.one_class:
        return float("nan")
    chances = np.clip(judged.probabilities, LEAST_CHANCE, 1 - LEAST_CHANCE)
    loss = -np.log(np.where(judged.is_ai, chances, 1 - chances))
    return float(even_weights(judged.is_ai) @ loss)


def brier(judged: Judged) -> float:
    """Mean squared error of the probability; 0.25 is a coin's."""
    if judged.one_class:
        return float("nan")
    return float(even_weights(judged.is_ai) @ (judged.probabilities - judged.is_ai) ** 2)


def bin_of(probabilities: FloatArray) -> npt.NDArray[np.intp]:
    """Return which of 15 bins of equal width each probability falls into, (N,)."""
    return np.minimum((np.asarray(probabilities) * BINS).astype(np.intp), BINS - 1)


def ece(judged: Judged) -> float:
    """Expected calibration error: how far probability and truth lie apart, averaged over bins."""
    if judged.one_class:
        return float("nan")
    gaps = even_weights(judged.is_ai) * (judged.is_ai - judged.probabilities)
    return float(np.abs(np.bincount(bin_of(judged.probabilities), gaps, BINS)).sum())


def balanced_accuracy(judged: Judged) -> float:
    said_ai = judged.probabilities >= 0.5
    return (share(said_ai[judged.is_ai]) + share(~said_ai[~judged.is_ai])) / 2


def false_accusation_rate(judged: Judged) -> float:
    return share(judged.verdict_ai[~judged.is_ai])


def recall(judged: Judged) -> float:
    return share(judged.verdict_ai[judged.is_ai])


def coverage(judged: Judged) -> float:
    return share(judged.answered)


def answered_accuracy(judged: Judged) -> float:
    return share(judged.right[judged.answered])


def share(flags: Flags) -> float:
    return float(flags.mean()) if len(flags) else float("nan")


# Under these names they stand in bundle.json and in every report.
FIGURES: Mapping[str, Callable[[Judged], float]] = {
    "auroc": auroc,
    "balanced_accuracy": balanced_accuracy,
    "false_accusation_rate": false_accusation_rate,
    "recall": recall,
    "coverage": coverage,
    "answered_accuracy": answered_accuracy,
    "average_precision": average_precision,
    "nll": nll,
    "brier": brier,
    "ece": ece,
}

# Of these figures, shares of pictures, which pictures they are shares of.
SHARES: Mapping[str, Callable[[Judged], Flags]] = {
    "false_accusation_rate": lambda judged: ~judged.is_ai,
    "recall": lambda judged: judged.is_ai,
    "coverage": lambda judged: np.ones(len(judged.is_ai), dtype=np.bool_),
    "answered_accuracy": lambda judged: judged.answered,
}
