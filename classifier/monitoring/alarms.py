"""What two looks in a row have in common: the alarms, each with what to do."""

from collections.abc import Sequence
from dataclasses import dataclass

from classifier.monitoring.look import Reading
from classifier.monitoring.moved import Measure, Moved
from classifier.monitoring.words import ADVICE, AGAINST, TITLES, written

SHOWN = 12  # pictures in the strip beside an alarm


@dataclass(frozen=True, eq=False)
class Alarm:
    """A figure that was beyond chance in two looks in a row.

    ``rows`` are the pictures of the newer window that moved most, the first one most.
    """

    reading: Reading
    moved: Moved

    @property
    def rows(self) -> list[int]:
        return [int(row) for row in self.moved.rows[:SHOWN]]

    @property
    def sentence(self) -> str:
        """Which layer and figure, how far, and against what."""
        figure, moved = self.reading.figure, self.moved
        return (
            f"{figure.layer.capitalize()}: {TITLES[figure.name]} moved, against "
            f"{AGAINST[self.reading.against]}: {moved.what} {written(moved.before)} → "
            f"{written(moved.after)}{_measured(moved)}."
        )

    @property
    def advice(self) -> str:
        return ADVICE[self.reading.figure.name]


def alarms(before: Sequence[Reading], now: Sequence[Reading]) -> tuple[Alarm, ...]:
    """Return what is beyond chance in both looks, the same figure against the same reference.

    ``before`` is the look one step earlier, empty where there was none.
    """
    already = {reading.key for reading in before if reading.beyond}
    return tuple(
        Alarm(reading, reading.result)
        for reading in now
        if reading.beyond and reading.key in already and isinstance(reading.result, Moved)
    )


def _measured(moved: Moved) -> str:
    """How far it moved; nothing where the number itself says that."""
    if moved.measure in (Measure.MMD, Measure.AUROC):
        return ""
    if moved.measure is Measure.DIFFERENCE:
        return f" ({moved.measure} {moved.by:+.2f})"
    return f" ({moved.measure} {written(moved.by)})"
