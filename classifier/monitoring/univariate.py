"""Two-sample tests of one column: words, numbers, shares."""

import numpy as np

from classifier.monitoring.moved import Measure, Moved
from classifier.monitoring.permutation import DRAWS
from classifier.monitoring.pictures import Flags, Floats, Rows, Words

TABLE_CELLS = 400_000  # in memory while drawing


def words_moved(now: Words, before: Words, rng: np.random.Generator) -> Moved:
    """Compare the classes of two columns (N,) and (M,) by Pearson's chi-square.

    The p-value comes from tables drawn with the same margins (Patefield, Appl. Stat. 30 (1981)
    91-97), so that it holds for classes with a few pictures, or with none on one side. ``by`` is
    half the sum of the shares' differences (total variation). The rows are those of the class
    whose share rose most beyond chance.
    """
    classes, place = np.unique(np.concatenate([now, before]), return_inverse=True)
    counts = [np.bincount(part, minlength=len(classes)) for part in np.split(place, [len(now)])]
    shares = counts[0] / len(now), counts[1] / len(before)
    most = int(np.argmax(_residuals(*counts)))
    return Moved(
        by=float(np.abs(shares[0] - shares[1]).sum() / 2),
        measure=Measure.TOTAL_VARIATION,
        what=f"share of {classes[most]}",
        before=float(shares[1][most]),
        after=float(shares[0][most]),
        p_value=_table_p(np.array(counts), rng),
        rows=_newest_first(place[: len(now)] == most),
    )


def numbers_moved(now: Floats, before: Floats) -> Moved:
    """Compare two columns (N,) and (M,) by the two-sided Kolmogorov-Smirnov test.

    The p-value is the asymptotic one (Hodges, Ark. Mat. 3 (1958) 469-486), which is too large
    where values are tied and so never too ready to alarm. The rows lie in those tenths of
    what was before in which there are more now, the fullest tenth first.
    """
    from scipy import stats

    found = stats.ks_2samp(now, before, method="asymp")
    return Moved(
        by=float(found.statistic),
        measure=Measure.KS,
        what="median",
        before=float(np.median(before)),
        after=float(np.median(now)),
        p_value=float(found.pvalue),
        rows=_crowded(now, before),
    )


def shares_moved(now: Floats, before: Floats, what: str) -> Moved:
    """Compare how many of two columns (N,) and (M,) of 0 and 1 are 1, by Fisher's exact test.

    The rows are those that are 1 where the share rose, and those that are 0 where it fell.
    """
    from scipy import stats

    ones = int(now.sum()), int(before.sum())
    table = [[ones[0], len(now) - ones[0]], [ones[1], len(before) - ones[1]]]
    after, earlier = ones[0] / len(now), ones[1] / len(before)
    return Moved(
        by=after - earlier,
        measure=Measure.DIFFERENCE,
        what=what,
        before=earlier,
        after=after,
        p_value=float(stats.fisher_exact(table).pvalue),
        rows=_newest_first(now == (1 if after >= earlier else 0)),
    )


def _crowded(now: Floats, before: Floats) -> Rows:
    """Rows of ``now`` in the tenths of ``before`` that hold more than their share, fullest first.

    Of equals the newest comes first.

    What lies on a border, as tied numbers do, is a class of its own.
    """
    borders = np.quantile(before, np.linspace(0.1, 0.9, 9), method="inverted_cdf")

    def classes(values: Floats) -> Rows:
        sides = np.searchsorted(borders, values), np.searchsorted(borders, values, side="right")
        return np.asarray(sides[0] + sides[1])

    width = 2 * len(borders) + 1
    counts = [np.bincount(classes(values), minlength=width) for values in (now, before)]
    excess = (counts[0] / len(now) - counts[1] / len(before))[classes(now)]
    order = np.lexsort((-np.arange(len(now)), -excess))
    return order[excess[order] > 0]


def _newest_first(holds: Flags) -> Rows:
    """Rows that moved alike, the last that came first: a change is likelier among those."""
    return np.flatnonzero(holds)[::-1]


def _residuals(now: Rows, before: Rows) -> Floats:
    """Pearson's residuals (classes,) of the window: how far its counts lie above expectation."""
    expected = (now + before) * now.sum() / (now.sum() + before.sum())
    return np.asarray((now - expected) / np.sqrt(expected))


def _table_p(table: Rows, rng: np.random.Generator) -> float:
    """The share of drawn tables (2, classes) that lie as far from expectation as this one."""
    from scipy import stats

    if table.shape[1] < 2:
        return 1.0
    margins = table.sum(axis=1), table.sum(axis=0)
    expected = np.outer(*margins) / table.sum()
    bound = ((table - expected) ** 2 / expected).sum() * (1 - 1e-12)
    law, larger, left = stats.random_table(*margins), 0, DRAWS
    while left:
        count = min(left, max(1, TABLE_CELLS // table.size))
        drawn = law.rvs(size=count, random_state=rng)
        larger += int((((drawn - expected) ** 2 / expected).sum(axis=(1, 2)) >= bound).sum())
        left -= count
    return (larger + 1) / (DRAWS + 1)
