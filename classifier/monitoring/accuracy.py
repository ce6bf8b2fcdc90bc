"""How often the version is right: measured on labels, and estimated without any.

Each figure says in a sentence what has to be true for it to be right.
"""

from dataclasses import dataclass

import numpy as np

from classifier.monitoring.figures import LEAST_LABELLED
from classifier.monitoring.moved import TooFew
from classifier.monitoring.pictures import EVEN, Floats, Pictures

CONFIDENCE = 0.95
AUDITED = (
    "Measured on pictures drawn by chance before anybody knew their score; right as far as people "
    "settled them rightly."
)
AVERAGED = (
    "Holds only while the probabilities stay calibrated; drift is what breaks that, and then this "
    "figure is mostly too high."
)
THRESHOLDED = (
    "Holds only while pictures as sure as these are as often right as among those that measured "
    "the version; a new generator that is surely called human breaks it."
)


@dataclass(frozen=True)
class Estimate:
    """A share from 0 to 1 with its interval of 95 %, from ``n`` pictures."""

    name: str
    value: float
    low: float
    high: float
    n: int
    assumption: str


def live_accuracy(right: Floats) -> Estimate | TooFew:
    """The share of a column (N,) of 1 and 0 that is 1, with Wilson's interval; NaN is left out."""
    known = right[np.isfinite(right)]
    return _share("live_accuracy", int(known.sum()), len(known), AUDITED)


def average_confidence(probabilities: Floats) -> Estimate | TooFew:
    """The mean of max(p, 1 - p) over (N,) probabilities of AI.

    A calibrated version gets as many right (Hendrycks & Gimpel, ICLR 2017; "average confidence"
    in Garg et al., ICLR 2022). The interval is the mean's, by Student's t: of sampling alone, not
    of a broken assumption.
    """
    from scipy import stats

    sure, n = np.maximum(probabilities, 1 - probabilities), len(probabilities)
    if n < LEAST_LABELLED:
        return TooFew(n, n, LEAST_LABELLED)
    reach = float(stats.t.ppf((1 + CONFIDENCE) / 2, n - 1) * sure.std(ddof=1) / np.sqrt(n))
    mean = float(sure.mean())
    ends = max(EVEN, mean - reach), min(1.0, mean + reach)
    return Estimate("average_confidence", mean, *ends, n, AVERAGED)


def thresholded_confidence(
    probabilities: Floats, measured: Floats, right: Floats
) -> Estimate | TooFew:
    """Average thresholded confidence (ATC; Garg et al., ICLR 2022, arXiv:2201.04234, eq. 1-2).

    A threshold is taken such that of the M pictures that measured the version (``measured`` (M,)
    probabilities, ``right`` (M,) 1 or 0, NaN left out) as many are surer as it gets right; the
    share of the N new ones that are surer is its accuracy on these. The interval is Wilson's, of
    the N alone: it takes the threshold as given.
    """
    known = np.isfinite(right)
    n, m = len(probabilities), int(known.sum())
    if min(n, m) < LEAST_LABELLED:
        return TooFew(n, m, LEAST_LABELLED)
    sure = np.sort(np.maximum(measured, 1 - measured)[known])
    wrong = m - int(right[known].sum())
    threshold = sure[wrong] if wrong < m else np.inf
    surer = np.maximum(probabilities, 1 - probabilities) >= threshold
    return _share("thresholded_confidence", int(surer.sum()), n, THRESHOLDED)


def estimates(window: Pictures, reference: Pictures) -> tuple[Estimate | TooFew, ...]:
    """Live accuracy on the audit sample, average confidence, ATC; of columns that are there.

    ``reference`` must hold pictures that the version did not learn from, with their labels.
    """
    nothing = np.zeros(0)
    audited, scores = window.right_in_audit, window.probabilities
    scores = nothing if scores is None else scores
    measured = reference.probabilities, reference.right
    known = measured if measured[0] is not None and measured[1] is not None else (nothing, nothing)
    return (
        live_accuracy(nothing if audited is None else audited),
        average_confidence(scores),
        thresholded_confidence(scores, *known),
    )


def _share(name: str, ones: int, n: int, assumption: str) -> Estimate | TooFew:
    """With Wilson's interval (J. Am. Stat. Assoc. 22 (1927) 209-212)."""
    from scipy import stats

    if n < LEAST_LABELLED:
        return TooFew(n, n, LEAST_LABELLED)
    ends = stats.binomtest(ones, n).proportion_ci(CONFIDENCE, method="wilson")
    return Estimate(name, ones / n, float(ends.low), float(ends.high), n, assumption)
