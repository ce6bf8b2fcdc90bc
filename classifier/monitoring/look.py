"""One look at a window: every figure against every reference, and which are beyond chance."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from classifier.monitoring.figures import FIGURES, Figure, Layer
from classifier.monitoring.holm import holm
from classifier.monitoring.moved import Moved, TooFew
from classifier.monitoring.pictures import Pictures

WINDOW = 200  # pictures at least
STEP = 50  # pictures after which the next look is due
LEVEL = 0.01  # the chance of any false mark in a look, over all figures and references
# Of each of two looks, where the labels have a window of their own: together they have LEVEL.
SPLIT_LEVEL = LEVEL / 2


class Against(StrEnum):
    """What a window is compared with."""

    TRAINED_ON = "trained_on"
    LAST_MONTH = "last_month"


@dataclass(frozen=True, eq=False)
class Reading:
    """What a figure says against one reference. ``beyond``: more than chance explains."""

    figure: Figure
    against: Against
    result: Moved | TooFew
    beyond: bool

    @property
    def key(self) -> tuple[str, Against]:
        return self.figure.name, self.against


def look(
    window: Pictures,
    references: Mapping[Against, Pictures],
    *,
    level: float = LEVEL,
    layers: Collection[Layer] = tuple(Layer),
    seed: int = 0,
) -> tuple[Reading, ...]:
    """Compare a window with each reference, figure by figure, at one ``level`` for all (Holm).

    The window and a reference must share no picture. The same arrays and seed give the same look.
    Labels come later than pictures do: where their layer has a window of its own (the pictures
    that were settled last), look twice, at half the level each. Where a window has fewer than
    ``WINDOW`` pictures, every result is TooFew.
    """
    figures = [figure for figure in FIGURES if figure.layer in layers]
    rows: list[tuple[Figure, Against, Moved | TooFew]] = []
    for against, reference in references.items():
        rows += [(each, against, _compared(each, window, reference, seed)) for each in figures]
    marked = iter(
        holm([result.p_value for *_, result in rows if isinstance(result, Moved)], level).tolist()
    )
    return tuple(
        Reading(figure, against, result, isinstance(result, Moved) and next(marked))
        for figure, against, result in rows
    )


def _compared(figure: Figure, window: Pictures, before: Pictures, seed: int) -> Moved | TooFew:
    if len(window) < WINDOW:
        return TooFew(len(window), len(before), WINDOW)
    return figure.compare(window, before, seed)
