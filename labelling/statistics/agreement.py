"""How far raters agree: percent, Cohen's and Fleiss' kappa, Krippendorff's alpha (nominal).

Items come as counts: an array (items × categories) that says how many raters put an item into
each category. ``times`` says how often each row occurs; without it each is one item. Nothing is
weighted: the categories have no order.

Kappa and alpha are 1 - observed / expected disagreement, and differ in what chance is taken to be.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from labelling.statistics.figure import Figure, NoFigure, Result, Why
from labelling.statistics.intervals import LEAST, Floats, bootstrap, wilson

LEAST_RATERS = 2
TINY = 1e-12  # what rounding leaves of nothing
Counts = NDArray[np.int64]
Pair = tuple[Floats, Floats]  # observed and expected disagreement, of each resample
Disagreement = Callable[[Floats], Pair]


def percent_agreement(
    counts: ArrayLike, times: ArrayLike | None = None, *, least: int = LEAST
) -> Result:
    """The mean share of the pairs of raters of an item that agree, with Wilson's interval.

    Items that fewer than two rated say nothing and are left out.
    """
    rows, often = _pairable(counts, times)
    n = int(often.sum())
    if n < max(least, 1):
        return _too_few(n, least)
    raters = rows.sum(axis=1)
    agreeing = (rows * (rows - 1)).sum(axis=1) / (raters * (raters - 1))
    share = float(agreeing @ often / n)
    return Figure(share, *wilson(share, n), n)


def cohen_kappa(table: ArrayLike, *, least: int = LEAST) -> Result:
    """Agreement of two raters beyond chance: (p_o - p_e) / (1 - p_e); Cohen, Educ. Psychol. Meas.
    20 (1960) 37-46.

    ``table`` counts the items that the first rater put into the row's category and the second into
    the column's (categories × categories).
    """
    cells = np.asarray(table, dtype=np.int64)
    n, kinds = int(cells.sum()), len(cells)
    if n < max(least, 1):
        return NoFigure(n, least)

    def disagreement(sums: Floats) -> Pair:
        share = sums.reshape(-1, kinds, kinds) / n
        agreed = np.trace(share, axis1=1, axis2=2)
        by_chance = (share.sum(axis=2) * share.sum(axis=1)).sum(axis=1)
        return 1 - agreed, 1 - by_chance

    return _beyond_chance(np.eye(kinds * kinds), cells.ravel(), disagreement)


def fleiss_kappa(
    counts: ArrayLike, times: ArrayLike | None = None, *, least: int = LEAST
) -> Result:
    """Agreement beyond chance where each item has the same number of raters, not the same people;
    Fleiss, Psychol. Bull. 76 (1971) 378-382.

    Raises ValueError where the numbers of raters differ; alpha is for that.
    """
    rows, often = _as_rows(counts, times)
    n = int(often.sum())
    if n < max(least, 1):
        return NoFigure(n, least)
    raters = int(rows[0].sum())
    if (rows.sum(axis=1) != raters).any():
        raise ValueError("Fleiss' kappa wants the same number of raters on each item.")
    if raters < LEAST_RATERS:
        return NoFigure(raters, LEAST_RATERS, Why.TOO_FEW_RATERS)
    agreeing = (rows * (rows - 1)).sum(axis=1) / (raters * (raters - 1))

    def disagreement(sums: Floats) -> Pair:
        agreed, shares = sums[:, 0] / n, sums[:, 1:] / (n * raters)
        return 1 - agreed, 1 - (shares**2).sum(axis=1)

    return _beyond_chance(np.column_stack([agreeing, rows]), often, disagreement)


def krippendorff_alpha(
    counts: ArrayLike, times: ArrayLike | None = None, *, least: int = LEAST
) -> Result:
    """1 - D_o / D_e for nominal data, any number of raters, missing values allowed; Krippendorff,
    Content Analysis (2004), section 11.3, and "Computing Krippendorff's Alpha-Reliability" (2011).

    Items that fewer than two rated pair with nothing and are left out.
    """
    rows, often = _pairable(counts, times)
    n = int(often.sum())
    if n < max(least, 1):
        return _too_few(n, least)
    raters = rows.sum(axis=1)
    disagreeing = (raters**2 - (rows**2).sum(axis=1)) / (raters - 1)

    def disagreement(sums: Floats) -> Pair:
        values = sums[:, 1:]
        total = values.sum(axis=1)
        by_chance = (total**2 - (values**2).sum(axis=1)) / (total - 1)
        return sums[:, 0] / total, by_chance / total

    return _beyond_chance(np.column_stack([disagreeing, rows]), often, disagreement)


def _beyond_chance(parts: Floats, times: Counts, disagreement: Disagreement) -> Result:
    """1 - observed / expected disagreement, with its interval by the bootstrap over items.

    Where nobody ever disagreed, every resample agrees too, and the bootstrap would call 20 items as
    sure as 20,000. There the lower end is what Wilson's interval allows of disagreement.
    """
    n = int(times.sum())
    observed, expected = disagreement((times @ parts)[np.newaxis])
    value = float(_ratio(observed, expected)[0])
    if np.isnan(value):
        return NoFigure(n, n, Why.ONE_ANSWER)
    seen = times > 0
    low, high = bootstrap(parts[seen], times[seen], lambda sums: _ratio(*disagreement(sums)))
    if observed[0] <= TINY:
        low = max(-1.0, 1 - wilson(0.0, n)[1] / float(expected[0]))
    return Figure(value, min(low, value), max(high, value), n)


def _ratio(observed: Floats, expected: Floats) -> Floats:
    """Not a number where chance allows no disagreement: everybody always said the same."""
    possible = expected > TINY
    return np.where(possible, 1 - observed / np.where(possible, expected, 1.0), np.nan)


def _as_rows(counts: ArrayLike, times: ArrayLike | None) -> tuple[Counts, Counts]:
    """Each kind of item once (kinds × categories), and how often it occurs."""
    rows = np.asarray(counts, dtype=np.int64)
    rows = rows if rows.ndim == 2 else np.zeros((0, 1), np.int64)
    often = np.ones(len(rows), np.int64) if times is None else np.asarray(times, dtype=np.int64)
    kinds, which = np.unique(rows, axis=0, return_inverse=True)
    return kinds, np.bincount(which.ravel(), often, len(kinds)).astype(np.int64)


def _pairable(counts: ArrayLike, times: ArrayLike | None) -> tuple[Counts, Counts]:
    rows, often = _as_rows(counts, times)
    paired = rows.sum(axis=1) >= LEAST_RATERS
    return rows[paired], often[paired]


def _too_few(n: int, least: int) -> NoFigure:
    """No item with two raters is no second rater."""
    return NoFigure(n, least, Why.TOO_FEW_ITEMS if n else Why.TOO_FEW_RATERS)
