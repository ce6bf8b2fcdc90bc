"""What a chart is: a sentence, series, rows, and how a figure of it is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

NOTHING = "–"


class Unit(StrEnum):
    """In what the figures of a chart are counted."""

    COUNT = "count"
    SHARE = "share"  # 0 to 1
    STRENGTH = "strength"  # 0 and upwards: how hard it would be for chance to do so
    CHANCE = "chance"  # 0 to 1, against another such


class Draw(StrEnum):
    """How the browser draws a series. ``LOW`` and ``HIGH`` are the ends of the series before."""

    LINE = "line"
    BAR = "bar"
    STEP = "step"
    POINTS = "points"
    LOW = "low"
    HIGH = "high"
    NONE = "none"  # stands in the table alone


class Tone(StrEnum):
    """A colour of the design. Amber and blue mean AI and human and nothing else."""

    INK = "ink"
    MUTED = "muted"
    EDGE = "edge"
    AI = "ai"
    HUMAN = "human"
    UNSURE = "unsure"


class Dash(StrEnum):
    """A second mark of a series beside its colour."""

    SOLID = ""
    LONG = "long"
    SHORT = "short"
    DOTS = "dots"
    MIXED = "mixed"


@dataclass(frozen=True)
class Series:
    """One column of the table."""

    name: str
    tone: Tone = Tone.INK
    dash: Dash = Dash.SOLID
    draw: Draw = Draw.LINE


@dataclass(frozen=True)
class Row:
    """One row: where it stands, a figure or None for each series, and which series are alarmed.

    ``at`` is the beginning of a span of time (aware), or a number from 0 to 1.
    """

    at: datetime | float
    values: Sequence[float | None]
    alarmed: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Cell:
    """One figure as the table shows it (``text``) and as the browser draws it (``value``)."""

    value: str
    text: str
    alarmed: bool


@dataclass(frozen=True)
class Chart:
    """``title`` says what was found, ``what`` how to read it, ``empty`` what is said of nothing.

    ``level`` is the figure from which on something is beyond chance.
    """

    slug: str
    title: str
    what: str
    unit: Unit
    series: Sequence[Series]
    rows: Sequence[Row]
    empty: str
    first: str = "From"
    level: float | None = None
    exported: bool = True

    @property
    def is_empty(self) -> bool:
        return not any(value for row in self.rows for value in row.values)

    @property
    def over_time(self) -> bool:
        return not self.rows or isinstance(self.rows[0].at, datetime)

    @property
    def lines(self) -> list[tuple[Row, list[Cell]]]:
        """The rows of the table, with what stands in each cell."""
        return [
            (
                row,
                [self._cell(value, place in row.alarmed) for place, value in enumerate(row.values)],
            )
            for row in self.rows
        ]

    def _cell(self, value: float | None, alarmed: bool) -> Cell:
        if value is None:
            return Cell("", NOTHING, False)
        return Cell(f"{value:.6g}", written(value, self.unit), alarmed)


def written(value: float, unit: Unit) -> str:
    """A figure for people."""
    if unit is Unit.COUNT:
        return f"{value:,.0f}"
    if unit is Unit.STRENGTH:
        return f"{value:.1f}"
    return f"{100 * value:.1f}%"
