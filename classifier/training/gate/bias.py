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
    Rows,
    Values,
    allowed_loss,
    compared_row,
)
from classifier.training.gate.sets import REGRESSION, Compared
from classifier.training.metrics import RESAMPLES, Judged
from classifier.training.tiers import TIERS

# How much more it may follow: in rank correlation, from 0 (not at all) to 1.
FOLLOWED_MORE, FOLLOWED_AT_WORST = 0.10, 0.30
COMPRESSION = "compression"


def bias_rows(sets: Sequence[Compared]) -> list[GateRow]:
    """One row for each set and each fact that varies within one of its classes.

    The regression set is left out: its pictures are there because of their scores.
    """
    sets = [one for one in sets if one.name != REGRESSION]
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
    found = [
        abs(_correlation(_ranks(judged.probabilities[side]), _ranks(column[side])))
        for side in _sides(judged, column)
    ]
    return float(np.mean(found)) if found else float("nan")


def _row(
    name: str, fact: str, champion: Judged, challenger: Judged, column: FloatArray
) -> GateRow | None:
    known = np.flatnonzero(np.isfinite(column))
    before, now, column = champion.rows(known), challenger.rows(known), column[known]
    old, new = follows(before, column), follows(now, column)
    if np.isnan(old):
        return None
    error = _error(before, now, column)
    return compared_row(
        Check(f"follows {fact}", name, "", len(known), PLAIN),
        Values(old, new, new - old, error),
        allowed_loss(FOLLOWED_MORE, FOLLOWED_AT_WORST, error),
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


def _sides(judged: Judged, column: FloatArray) -> list[Rows]:
    """The row numbers of each class that can tell something."""
    sides = [np.flatnonzero(judged.is_ai), np.flatnonzero(~judged.is_ai)]
    return [side for side in sides if len(side) >= LEAST_OF_A_CLASS and np.ptp(column[side]) > 0]


def _error(before: Judged, now: Judged, column: FloatArray) -> float:
    """The standard error of following more; pairs are drawn again within each class.

    Their ranks stay those among all pictures, which hardly matters and is much quicker.
    """
    rng = np.random.default_rng(0)
    more = []
    for side in _sides(before, column):
        drawn = rng.integers(len(side), size=(RESAMPLES, len(side)))
        of = _ranks(column[side])[drawn]
        old, new = (_ranks(one.probabilities[side])[drawn] for one in (before, now))
        more.append(np.abs(_correlation(new, of)) - np.abs(_correlation(old, of)))
    return float(np.std(np.mean(more, axis=0)))


def _correlation(left: FloatArray, right: FloatArray) -> FloatArray:
    """Pearson's along the last axis; 0 where one of the two does not vary."""
    left = left - left.mean(axis=-1, keepdims=True)
    right = right - right.mean(axis=-1, keepdims=True)
    spread = np.sqrt((left**2).mean(axis=-1) * (right**2).mean(axis=-1))
    together = (left * right).mean(axis=-1)
    return np.asarray(together / np.where(spread > 0, spread, 1.0))


def _ranks(values: FloatArray) -> FloatArray:
    """Places from the smallest to the largest; ties share the middle of theirs."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(count) - (count - 1) / 2)[place], dtype=np.float64)
