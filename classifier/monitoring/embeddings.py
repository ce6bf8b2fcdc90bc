"""Two-sample tests of embeddings: a classifier that tries to tell them apart, and MMD.

Both take N rows of the window and M to compare with, each of D numbers, standardise each number,
and draw p-values by permutation. Each row is compared with each other, so of more than ``AT_MOST``
to compare with as many are drawn; N should be a few hundred. Where all rows are the same nothing
can have moved, and the p-value is 1.
"""

import numpy as np

from classifier.monitoring.moved import Measure, Moved
from classifier.monitoring.permutation import permutation_p
from classifier.monitoring.pictures import Flags, Floats, Rows

AT_MOST = 1000
FOLDS = 5
PENALTY = 0.1  # of the variance of a standardised number, added to it
TINY = 1e-12


def classifier_moved(now: Floats, before: Floats, rng: np.random.Generator) -> Moved:
    """The classifier two-sample test (Lopez-Paz & Oquab, ICLR 2017; arXiv:1610.06545).

    A ridge classifier learns on four fifths of all rows which are the window's and is asked about
    the fifth; ``after`` is the mean over five folds of the area under its ROC curve (0.5: it cannot
    tell). Its p-value holds for whichever classifier, by permutation; ridge has a closed form, so
    that each draw is one multiplication. The rows are those that look most like the window alone.
    """
    before = _at_most(before, rng)
    rows, is_now = _together(now, before)
    hat = _ridge_hat(rows)
    folds = np.array_split(rng.permutation(len(rows)), FOLDS)
    inverses = [np.linalg.inv(np.eye(len(fold)) - hat[np.ix_(fold, fold)]) for fold in folds]

    def held_out(marks: Flags) -> Floats:
        """Scores (draws, N + M), each by a classifier that has not seen its row's fold."""
        targets = marks - is_now.mean()
        missed = targets - targets @ hat
        scores = np.empty_like(targets)
        for fold, inverse in zip(folds, inverses, strict=True):
            scores[:, fold] = targets[:, fold] - missed[:, fold] @ inverse.T
        return np.asarray(scores)

    def auroc(marks: Flags) -> Floats:
        scores = held_out(marks)
        return np.mean([_auroc(scores[:, fold], marks[:, fold]) for fold in folds], axis=0)

    found = float(auroc(is_now[np.newaxis])[0])
    return Moved(
        by=found - 0.5,
        measure=Measure.AUROC,
        what="AUROC",
        before=0.5,
        after=found,
        p_value=permutation_p(auroc, is_now, rng),
        rows=_highest(held_out(is_now[np.newaxis])[0, : len(now)]),
    )


def mmd_moved(now: Floats, before: Floats, rng: np.random.Generator) -> Moved:
    """The unbiased squared maximum mean discrepancy.

    Gretton et al., JMLR 13 (2012) 723-773, equation 3. The kernel is exp(-d² / 2s²) of the
    Euclidean distance d, with s the median distance of all rows (their section 8). The rows are
    those at which the witness function is highest: there the window is densest beyond what it is
    compared with (their section 2.3).
    """
    before = _at_most(before, rng)
    rows, is_now = _together(now, before)
    kernel = _rbf(rows)
    total, sums = kernel.sum(), kernel.sum(axis=1)
    n, m = len(now), len(before)

    def mmd(marks: Flags) -> Floats:
        ours = marks.astype(np.float64)
        within = ((ours @ kernel) * ours).sum(axis=1)
        touching = ours @ sums
        others = total - 2 * touching + within
        across = touching - within
        return np.asarray(within / (n * (n - 1)) + others / (m * (m - 1)) - 2 * across / (n * m))

    found = float(mmd(is_now[np.newaxis])[0])
    witness = kernel[:n, :n].sum(axis=1) / (n - 1) - kernel[:n, n:].sum(axis=1) / m
    return Moved(
        by=found,
        measure=Measure.MMD,
        what="MMD²",
        before=0.0,
        after=found,
        p_value=permutation_p(mmd, is_now, rng),
        rows=_highest(witness),
    )


def _at_most(rows: Floats, rng: np.random.Generator) -> Floats:
    if len(rows) <= AT_MOST:
        return rows
    return rows[rng.choice(len(rows), AT_MOST, replace=False)]


def _together(now: Floats, before: Floats) -> tuple[Floats, Flags]:
    """All rows, each number by its mean and spread over both, and which are the window's.

    Unscaled, a few numbers that vary much would drown what happens in the others.
    """
    rows = np.concatenate([now, before]).astype(np.float64)
    centred, spread = rows - rows.mean(axis=0), rows.std(axis=0)
    scaled = centred / np.where(spread > TINY, spread, np.inf)
    return scaled, np.arange(len(rows)) < len(now)


def _ridge_hat(rows: Floats) -> Floats:
    """What turns targets (N,) into the ridge fit's own answers: (N, N)."""
    second = rows.T @ rows
    held = second + PENALTY * len(rows) * np.eye(len(second))
    return np.asarray(rows @ np.linalg.solve(held, rows.T))


def _auroc(scores: Floats, marks: Flags) -> Floats:
    """The area under the ROC curve of each draw (draws, K): Mann & Whitney's U over all pairs.

    One half where a draw has no pair.
    """
    from scipy.stats import rankdata

    ranks = rankdata(scores, axis=1)
    ours = marks.sum(axis=1)
    pairs = ours * (marks.shape[1] - ours)
    u = (ranks * marks).sum(axis=1) - ours * (ours + 1) / 2
    return np.where(pairs > 0, u / np.maximum(pairs, 1), 0.5)


def _rbf(rows: Floats) -> Floats:
    """The kernel (N, N), with nothing on its diagonal: a row says nothing of itself."""
    from scipy.spatial.distance import pdist, squareform

    squared = pdist(rows, "sqeuclidean")
    middle = float(np.median(squared))
    # More than half of the rows may be one picture; then any distance at all is the scale.
    scale = middle if middle > TINY else float(squared.mean())
    return np.asarray(squareform(np.exp(-squared / (2 * scale)) if scale > TINY else squared))


def _highest(values: Floats) -> Rows:
    return np.argsort(-values, kind="stable")
