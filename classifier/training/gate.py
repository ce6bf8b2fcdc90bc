"""The promotion gate: a challenger goes on when it is not worse than the champion."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from classifier.training.metrics import (
    Judged,
    auroc,
    balanced_accuracy,
    false_accusation_rate,
    resamples,
)

LEAST_OF_A_CLASS = 20


@dataclass(frozen=True)
class GateRow:
    """One measure. ``worse_by`` is how far the challenger falls behind, below zero if ahead;

    ``low`` and ``high`` are the ends of its paired 95 % interval.
    """

    name: str
    champion: float
    challenger: float
    worse_by: float
    low: float
    high: float
    allowed: float
    ok: bool


@dataclass(frozen=True)
class GateDecision:
    """``reasons`` are sentences for people, whether it passed or not."""

    passed: bool
    reasons: tuple[str, ...]
    rows: tuple[GateRow, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Measure:
    """A figure to compare: where more is better, and how much worse is still fine."""

    name: str
    figure: Callable[[Judged], float]
    more_is_better: bool
    allowed: float


MEASURES = (
    Measure("AUROC", auroc, True, 0.01),
    Measure("balanced accuracy", balanced_accuracy, True, 0.02),
    Measure("false accusations", false_accusation_rate, False, 0.01),
)


def compare(champion: Judged, challenger: Judged) -> GateDecision:
    """Compare both on the same pictures, in the same order.

    The challenger passes when no measure is worse by more than what is allowed. A share may
    always differ by one picture: on a small gold set that says nothing. Raises ValueError where
    the pictures are not the same.
    """
    if not np.array_equal(champion.is_ai, challenger.is_ai):
        raise ValueError("champion and challenger must be measured on the same pictures")
    if refusal := _refusal(champion, challenger):
        return GateDecision(False, (refusal,))
    rows = tuple(_row(measure, champion, challenger) for measure in MEASURES)
    passed = all(row.ok for row in rows)
    return GateDecision(passed, tuple(_sentence(row) for row in rows), rows)


def _refusal(champion: Judged, challenger: Judged) -> str | None:
    finite = (
        np.isfinite(champion.probabilities).all() and np.isfinite(challenger.probabilities).all()
    )
    if not finite:
        return "A probability is not a finite number, so nothing can be compared."
    fewest = min(int(champion.is_ai.sum()), int((~champion.is_ai).sum()))
    if fewest < LEAST_OF_A_CLASS:
        return (
            f"The gold set holds {fewest} pictures of its smaller class; "
            f"{LEAST_OF_A_CLASS} are needed to compare two versions."
        )
    return None


def _row(measure: Measure, champion: Judged, challenger: Judged) -> GateRow:
    sign = 1.0 if measure.more_is_better else -1.0

    def worse_by(ours: Judged, theirs: Judged) -> float:
        return sign * (measure.figure(ours) - measure.figure(theirs))

    drawn = [
        worse_by(champion.rows(rows), challenger.rows(rows)) for rows in resamples(champion.is_ai)
    ]
    worse = worse_by(champion, challenger)
    low, high = np.percentile(drawn, [2.5, 97.5])
    allowed = max(measure.allowed, _one_picture(measure, champion))
    return GateRow(
        name=measure.name,
        champion=round(measure.figure(champion), 4),
        challenger=round(measure.figure(challenger), 4),
        worse_by=round(worse, 4),
        low=round(float(low), 4),
        high=round(float(high), 4),
        allowed=round(allowed, 4),
        ok=worse <= allowed + 1e-9,
    )


def _one_picture(measure: Measure, gold: Judged) -> float:
    """How much one human picture moves the share of false accusations."""
    return 0.0 if measure.more_is_better else 1.0 / int((~gold.is_ai).sum())


def _sentence(row: GateRow) -> str:
    change = f"{row.name}: {row.champion:.3f} before, {row.challenger:.3f} now"
    if row.ok:
        return f"{change}; fine, {row.allowed:.3f} worse would still be."
    return f"{change}; that is worse by more than the {row.allowed:.3f} that is allowed."
