"""Whether the score follows what it must not: size, shape, kind of file, compression.

Within one class nothing about a file says what the picture is. So among the pictures of one class
the score should not rise or fall with it, or at least not much more than the champion's does.
"""

from collections.abc import Sequence
from itertools import groupby

import numpy as np

from classifier.detector.polarity import FloatArray
from classifier.training.gate.row import PLAIN, GateRow
from classifier.training.gate.rule import (
    LEAST_OF_A_CLASS,
    Check,
    Values,
    allowed_loss,
    compared_row,
)
from classifier.training.gate.sets import Compared
from classifier.training.metrics import Judged, resamples
from classifier.training.tiers import TIERS

# How much more it may follow: in rank correlation, from 0 (not at all) to 1.
FOLLOWED_MORE, FOLLOWED_AT_WORST = 0.10, 0.30
COMPRESSION = "compression"


def bias_rows(sets: Sequence[Compared]) -> list[GateRow]:
    """One row for each set and each fact that varies within one of its classes."""
    rows = [
        _row(one.name, fact, one.champion, one.challenger, column)
        for one in sets
        for fact, column in one.facts.items()
    ]
    by_name = groupby(sorted(sets, key=lambda one: one.name), key=lambda one: one.name)
    rows += [_compression_row(name, list(tiers)) for name, tiers in by_name]
    return [row for row in rows if row is not None]


def follows(judged: Judged, column: FloatArray) -> float:
    """How strongly the score follows a column (N,): rank correlation, mean over the classes.

    Only classes of 20 pictures or more count, in which the column varies; NaN where none is left.
    """
    sides = [
        side
        for side in (judged.is_ai, ~judged.is_ai)
        if side.sum() >= LEAST_OF_A_CLASS and np.ptp(column[side]) > 0
    ]
    found = [abs(_correlation(judged.probabilities[side], column[side])) for side in sides]
    return float(np.mean(found)) if found else float("nan")


def _row(
    name: str, fact: str, champion: Judged, challenger: Judged, column: FloatArray
) -> GateRow | None:
    known = np.flatnonzero(np.isfinite(column))
    before, now = champion.rows(known), challenger.rows(known)
    column = column[known]
    more = follows(now, column) - follows(before, column)
    if np.isnan(more):
        return None
    error = np.nanstd(
        [
            follows(now.rows(rows), column[rows]) - follows(before.rows(rows), column[rows])
            for rows in resamples(before.is_ai)
        ]
    )
    return compared_row(
        Check(f"follows {fact}", name, "", len(known), PLAIN),
        Values(follows(before, column), follows(now, column), more, float(error)),
        allowed_loss(FOLLOWED_MORE, FOLLOWED_AT_WORST, float(error)),
    )


def _compression_row(name: str, tiers: Sequence[Compared]) -> GateRow | None:
    """The same pictures as they came and degraded: does a harder tier alone move the score?"""
    order = list(TIERS)
    known = [one for one in tiers if one.tier in order]
    if len(known) < 2:
        return None
    column = np.concatenate([np.full(len(one), order.index(one.tier), float) for one in known])
    champion = _joined([one.champion for one in known])
    return _row(name, COMPRESSION, champion, _joined([one.challenger for one in known]), column)


def _joined(parts: Sequence[Judged]) -> Judged:
    return Judged(
        np.concatenate([part.is_ai for part in parts]),
        np.concatenate([part.probabilities for part in parts]),
        np.concatenate([part.verdict_ai for part in parts]),
        np.concatenate([part.verdict_human for part in parts]),
    )


def _correlation(left: FloatArray, right: FloatArray) -> float:
    """Spearman's; 0 where one of the two does not vary."""
    ranks = [_ranks(values) for values in (left, right)]
    spread = ranks[0].std() * ranks[1].std()
    together = ((ranks[0] - ranks[0].mean()) * (ranks[1] - ranks[1].mean())).mean()
    return float(together / spread) if spread else 0.0


def _ranks(values: FloatArray) -> FloatArray:
    """Places from the smallest to the largest; ties share the middle of theirs."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(count) - (count - 1) / 2)[place], dtype=np.float64)
