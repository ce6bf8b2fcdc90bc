"""Figures on origins and generators that were left out of learning."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from classifier.detector.polarity import FloatArray
from classifier.training.metrics import (
    RESAMPLES,
    GroupRow,
    Interval,
    interval,
    macro_balanced_accuracy,
)
from classifier.vocabulary import Label

LEAST_GROUP = 20


@dataclass(frozen=True)
class LeftOut:
    """How a detector does on groups that it did not learn from, in one tier.

    Each group of at least ``least`` pictures has one vote; ``groups`` holds all of them.
    ``answered`` and ``answered_right`` weigh origins and generators alike. ``worst`` is the
    origin with the largest share of pictures called ``ai``. Intervals draw groups, then pictures.
    """

    n: int
    least: int
    macro_balanced_accuracy: Interval | None
    specificity: Interval | None
    recall: Interval | None
    accused: Interval | None
    found: Interval | None
    origins_answered: Interval | None
    origins_right: Interval | None
    answered: Interval | None
    answered_right: Interval | None
    worst: GroupRow | None
    groups: tuple[GroupRow, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


def left_out_figures(rows: Sequence[GroupRow], *, least: int = LEAST_GROUP) -> LeftOut:
    """Summarise the rows of left-out groups."""
    origins = _Side([r for r in rows if r.label is Label.HUMAN and r.n >= least])
    generators = _Side([r for r in rows if r.label is Label.AI and r.n >= least])
    return LeftOut(
        n=sum(row.n for row in rows),
        least=least,
        macro_balanced_accuracy=macro_balanced_accuracy(rows, least=least),
        specificity=_mean(origins, "right_at_half"),
        recall=_mean(generators, "right_at_half"),
        accused=_mean(origins, "called_ai"),
        found=_mean(generators, "called_ai"),
        origins_answered=_answered([origins]),
        origins_right=_right([origins]),
        answered=_answered([origins, generators]),
        answered_right=_right([origins, generators]),
        worst=max(origins.rows, key=lambda row: row.called_ai, default=None),
        groups=tuple(rows),
    )


def content(what: str, rows: Mapping[str, Sequence[GroupRow]], least: int) -> dict[str, Any]:
    """Return what the JSON, the tables and the model card are made of."""
    return {
        "what": what,
        "tiers": {
            tier: left_out_figures(part, least=least).to_dict() for tier, part in rows.items()
        },
    }


class _Side:
    """The groups of one class, with 500 draws of groups and of pictures inside them.

    ``drawn`` holds shares (RESAMPLES, groups) of: right at half, called ai, called human.
    """

    def __init__(self, rows: Sequence[GroupRow]) -> None:
        self.rows = rows
        self.shares = np.array(
            [[row.right_at_half, row.called_ai, row.called_human] for row in rows]
        ).reshape(-1, 3)
        self.drawn = _draw(self.shares, np.array([row.n for row in rows], dtype=np.intp))

    @property
    def is_ai(self) -> bool:
        return bool(self.rows) and self.rows[0].label is Label.AI


def _draw(shares: FloatArray, sizes: npt.NDArray[np.intp]) -> FloatArray:
    if not len(shares):
        return np.zeros((RESAMPLES, 0, 3))
    rng = np.random.default_rng(0)
    chosen = rng.integers(len(shares), size=(RESAMPLES, len(shares)))
    n = sizes[chosen]
    half = rng.binomial(n, shares[chosen, 0])
    ai = rng.binomial(n, shares[chosen, 1])
    # Of what is not called ai, the part that is called human.
    rest = shares[chosen, 2] / np.maximum(1 - shares[chosen, 1], 1e-9)
    human = rng.binomial(n - ai, np.clip(rest, 0, 1))
    return np.stack([half, ai, human], axis=2) / n[:, :, None]


_COLUMN = {"right_at_half": 0, "called_ai": 1, "called_human": 2}


def _mean(side: _Side, what: str) -> Interval | None:
    if not side.rows:
        return None
    column, pictures = _COLUMN[what], sum(row.n for row in side.rows)
    drawn = side.drawn[:, :, column].mean(axis=1)
    return interval(float(side.shares[:, column].mean()), drawn, of=pictures)


def _answered(sides: Sequence[_Side]) -> Interval | None:
    if not all(side.rows for side in sides):
        return None
    value = np.mean([side.shares[:, 1:].sum(axis=1).mean() for side in sides])
    drawn = np.mean([side.drawn[:, :, 1:].sum(axis=2).mean(axis=1) for side in sides], axis=0)
    return interval(float(value), drawn)


def _right(sides: Sequence[_Side]) -> Interval | None:
    """Of all answers, each group having one vote, the share that is right."""
    answered = _answered(sides)
    if answered is None or not answered.value:
        return None
    value = np.mean([side.shares[:, 1 if side.is_ai else 2].mean() for side in sides])
    given = np.mean([side.shares[:, 1:].sum(axis=1).mean() for side in sides])
    right = np.mean([side.drawn[:, :, 1 if side.is_ai else 2].mean(axis=1) for side in sides], 0)
    drawn = np.mean([side.drawn[:, :, 1:].sum(axis=2).mean(axis=1) for side in sides], axis=0)
    return interval(float(value / given), right / np.maximum(drawn, 1e-9))
