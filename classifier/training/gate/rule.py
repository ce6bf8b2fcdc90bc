"""When a challenger counts as not worse: a paired bootstrap, and a margin from the pictures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from classifier.training.gate.measures import Measure
from classifier.training.gate.row import SHARE, GateRow, difference, written
from classifier.training.gate.sets import GOLD
from classifier.training.metrics import Judged

# From fewer pictures a figure tells nothing.
LEAST_OF_A_CLASS = 20
# Standard errors on each side of a loss that make its 95 % interval.
CERTAINTY = 1.96
# Standard errors that a loss may have by chance alone: of two equal versions one check refuses
# one in a hundred. docs/gate.md has what this comes to for all checks together.
PATIENCE = 2.33

Rows = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Check:
    """What is compared, and on how many pictures of which set."""

    name: str
    set: str
    slice: str
    n: int
    unit: str


@dataclass(frozen=True)
class Values:
    """A figure before and now, the loss between the two, and that loss's standard error."""

    before: float
    now: float
    worse_by: float
    error: float


def not_worse(
    measure: Measure,
    champion: Judged,
    challenger: Judged,
    drawn: Sequence[Rows],
    *,
    set: str,
    slice: str = "",
) -> GateRow:
    """Compare one figure of the same pictures; ``drawn`` are the row numbers of each resample."""
    n = measure.counts(champion)
    if n < LEAST_OF_A_CLASS:
        return not_compared(measure.name, set, slice, n)
    error = paired_error(measure.loss, champion, challenger, drawn)
    values = Values(
        before=measure.figure(champion),
        now=measure.figure(challenger),
        worse_by=measure.loss(champion, challenger),
        error=error,
    )
    one_picture = 1 / n if measure.unit == SHARE else 0.0
    threshold = max(
        allowed_loss(measure.fixed, measure.worst, error, one_picture),
        measure.loss_to_fine(values.before),
    )
    return compared_row(Check(measure.name, set, slice, n, measure.unit), values, threshold)


def allowed_loss(fixed: float, worst: float, error: float, one_picture: float = 0.0) -> float:
    """Return the most that a challenger may fall behind.

    ``error`` is the standard error of the loss, ``one_picture`` what a single picture moves.

    1. Where pictures are many, the whole interval of the loss must end below ``fixed``.
    2. Where they are few that would refuse everything, so what chance does to two equal versions
       passes.
    3. A loss beyond ``worst`` never passes, unless a single picture makes it.
    """
    by_size = max(fixed - CERTAINTY * error, PATIENCE * error)
    return max(min(by_size, worst), one_picture)


def paired_error(
    loss: Callable[[Judged, Judged], float],
    champion: Judged,
    challenger: Judged,
    drawn: Sequence[Rows],
) -> float:
    """Return the standard error of a loss, both versions drawn again picture by picture."""
    return float(np.std([loss(champion.rows(rows), challenger.rows(rows)) for rows in drawn]))


def compared_row(check: Check, values: Values, threshold: float) -> GateRow:
    """Round the figures, decide, and say it in words."""
    unit, ok = check.unit, values.worse_by <= threshold + 1e-9
    change = (
        f"{check.name} ({place(check.set, check.slice)}): {written(values.before, unit)} before, "
        f"{written(values.now, unit)} now"
    )
    most = difference(threshold, unit)
    beyond = f"that is worse by {difference(values.worse_by, unit)}, and {most} are allowed."
    return GateRow(
        name=check.name,
        set=check.set,
        slice=check.slice,
        n=check.n,
        before=round(values.before, 4),
        now=round(values.now, 4),
        worse_by=round(values.worse_by, 4),
        low=round(values.worse_by - CERTAINTY * values.error, 4),
        high=round(values.worse_by + CERTAINTY * values.error, 4),
        threshold=round(threshold, 4),
        ok=ok,
        words=f"{change}; {f'fine, {most} worse would still be.' if ok else beyond}",
        unit=unit,
    )


def not_compared(
    name: str, set: str, slice: str, n: int, *, needed: int = LEAST_OF_A_CLASS
) -> GateRow:
    """A row that says that there were too few pictures to compare anything."""
    words = (
        f"{name} ({place(set, slice)}): not compared, for there are {n} pictures to tell it from "
        f"and {needed} {'is' if needed == 1 else 'are'} needed."
    )
    return GateRow(name, set, slice, n, None, None, None, None, None, None, True, words)


def refused(name: str, n: int, words: str) -> GateRow:
    """A row that says why nothing at all could be compared; n gold pictures are there."""
    return GateRow(name, GOLD, "", n, None, None, None, None, None, None, False, words)


def place(set: str, slice: str) -> str:
    return f"{set}, {slice}" if slice else set
