"""How good a detector is, in figures with their 95 % intervals."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from classifier.detector.polarity import FloatArray, ai_targets
from classifier.vocabulary import Label, Verdict

RESAMPLES = 500
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Interval:
    """A figure and its bootstrapped 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class GroupRow:
    """One generator, or one origin of human pictures. The shares are of its ``n`` pictures."""

    group: str
    label: Label
    n: int
    right_at_half: float
    called_ai: float
    called_human: float
    uncertain: float


@dataclass(frozen=True)
class Metrics:
    """None stands where a figure has no meaning: AUROC of one class, accuracy of no answer.

    ``balanced_accuracy`` reads the probability at one half. ``false_accusation_rate`` is the
    share of human pictures that get the verdict ``ai``, ``recall`` that of AI pictures;
    ``coverage`` the share that gets an answer, ``answered_accuracy`` how often it is right.
    """

    n: int
    n_ai: int
    auroc: Interval | None
    balanced_accuracy: Interval | None
    false_accusation_rate: Interval | None
    recall: Interval | None
    coverage: Interval | None
    answered_accuracy: Interval | None
    groups: tuple[GroupRow, ...] = field(default=())

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


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


def auroc(judged: Judged) -> float:
    """Chance that an AI picture scores above a human one; ties count half. NaN for one class."""
    ai = int(judged.is_ai.sum())
    human = len(judged.is_ai) - ai
    if not ai or not human:
        return float("nan")
    _, place, count = np.unique(judged.probabilities, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(count) - (count - 1) / 2)[place]
    return float((ranks[judged.is_ai].sum() - ai * (ai + 1) / 2) / (ai * human))


def balanced_accuracy(judged: Judged) -> float:
    said_ai = judged.probabilities >= 0.5
    return (_share(said_ai[judged.is_ai]) + _share(~said_ai[~judged.is_ai])) / 2


def false_accusation_rate(judged: Judged) -> float:
    return _share(judged.verdict_ai[~judged.is_ai])


def recall(judged: Judged) -> float:
    return _share(judged.verdict_ai[judged.is_ai])


def coverage(judged: Judged) -> float:
    return _share(judged.verdict_ai | judged.verdict_human)


def answered_accuracy(judged: Judged) -> float:
    right = np.where(judged.is_ai, judged.verdict_ai, judged.verdict_human)
    return _share(right[judged.verdict_ai | judged.verdict_human])


def measure(
    probabilities: FloatArray,
    labels: Sequence[Label],
    verdicts: Sequence[Verdict],
    groups: Sequence[str] | None = None,
) -> Metrics:
    """Measure N pictures; ``groups`` names the generator or origin of each."""
    judged = Judged.of(probabilities, labels, verdicts)
    return Metrics(
        n=len(labels),
        n_ai=int(judged.is_ai.sum()),
        auroc=_interval(auroc, judged),
        balanced_accuracy=_interval(balanced_accuracy, judged),
        false_accusation_rate=_interval(false_accusation_rate, judged),
        recall=_interval(recall, judged),
        coverage=_interval(coverage, judged),
        answered_accuracy=_interval(answered_accuracy, judged),
        groups=_group_rows(judged, groups) if groups is not None else (),
    )


def resamples(is_ai: Flags, *, seed: int = 0) -> list[npt.NDArray[np.intp]]:
    """Return row numbers drawn with replacement within each class, the same for each measure."""
    rng = np.random.default_rng(seed)
    sides = [side for side in (np.flatnonzero(is_ai), np.flatnonzero(~is_ai)) if len(side)]
    return [
        np.concatenate([rng.choice(side, len(side)) for side in sides]) for _ in range(RESAMPLES)
    ]


def _interval(figure: Callable[[Judged], float], judged: Judged) -> Interval | None:
    value = figure(judged)
    if not len(judged.is_ai) or np.isnan(value):
        return None
    drawn = [figure(judged.rows(rows)) for rows in resamples(judged.is_ai)]
    low, high = np.nanpercentile(drawn, [2.5, 97.5])
    return Interval(round(value, 4), round(float(low), 4), round(float(high), 4))


def _group_rows(judged: Judged, groups: Sequence[str]) -> tuple[GroupRow, ...]:
    names = np.array(groups)
    rows = []
    for name in sorted(set(groups)):
        for label, side in ((Label.AI, judged.is_ai), (Label.HUMAN, ~judged.is_ai)):
            part = judged.rows(side & (names == name))
            if len(part.is_ai):
                rows.append(_group_row(name, label, part))
    return tuple(rows)


def _group_row(name: str, label: Label, part: Judged) -> GroupRow:
    said_ai = part.probabilities >= 0.5
    return GroupRow(
        group=name,
        label=label,
        n=len(part.is_ai),
        right_at_half=round(_share(said_ai == part.is_ai), 4),
        called_ai=round(_share(part.verdict_ai), 4),
        called_human=round(_share(part.verdict_human), 4),
        uncertain=round(1 - coverage(part), 4),
    )


def _share(flags: npt.NDArray[np.bool_]) -> float:
    return float(flags.mean()) if len(flags) else float("nan")
