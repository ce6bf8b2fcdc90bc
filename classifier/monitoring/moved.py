"""What a two-sample test says of one figure, or that it cannot say anything."""

from dataclasses import dataclass
from enum import StrEnum

from classifier.monitoring.pictures import Rows


class Measure(StrEnum):
    """In what ``Moved.by`` is counted."""

    KS = "Kolmogorov-Smirnov distance"  # 0 the same distribution, 1 nothing in common
    TOTAL_VARIATION = "share of pictures that would have to change class"  # 0 to 1
    DIFFERENCE = "difference of the shares"  # -1 to 1
    MMD = "squared maximum mean discrepancy"  # 0 the same distribution, at most 2
    AUROC = "AUROC of a classifier that tells the two apart, above one half"  # 0 to 0.5


@dataclass(frozen=True, eq=False)
class Moved:
    """How far a window lies from what it is compared with, and how easily that is chance.

    ``what`` names the number that went from ``before`` to ``after``. ``rows`` (K,) are the
    window's pictures that moved most, the first one most, as numbers within what was tested.
    """

    by: float
    measure: Measure
    what: str
    before: float
    after: float
    p_value: float
    rows: Rows


@dataclass(frozen=True)
class TooFew:
    """``n`` pictures of the window and ``n_before`` of the others have it; both need ``least``."""

    n: int
    n_before: int
    least: int
