"""One check of the gate, and what they decide together."""

from dataclasses import asdict, dataclass
from typing import Any

SHARE, PLAIN, MEGABYTES, RATIO = "share", "plain", "megabytes", "ratio"


@dataclass(frozen=True)
class GateRow:
    """One check of one set of pictures; ``slice`` is a tier or an origin, empty for all of them.

    ``worse_by`` is how far the challenger falls behind, below zero if it is ahead; ``low`` and
    ``high`` are the ends of its paired 95 % interval, ``threshold`` is the most that passes.
    ``n`` counts the pictures that the figure speaks of. Figures are None where nothing could be
    compared, which the ``words`` then say. ``unit`` says how to write them.
    """

    name: str
    set: str
    slice: str
    n: int
    before: float | None
    now: float | None
    worse_by: float | None
    low: float | None
    high: float | None
    threshold: float | None
    ok: bool
    words: str
    unit: str = SHARE


@dataclass(frozen=True)
class GateDecision:
    """``reasons`` are sentences for people, one for each row in the same order."""

    passed: bool
    reasons: tuple[str, ...]
    rows: tuple[GateRow, ...] = ()

    @classmethod
    def of(cls, rows: tuple[GateRow, ...]) -> "GateDecision":
        """Every row decides: one that is not ok is enough to refuse."""
        return cls(all(row.ok for row in rows), tuple(row.words for row in rows), rows)

    @property
    def failed(self) -> tuple[GateRow, ...]:
        return tuple(row for row in self.rows if not row.ok)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


def written(value: float, unit: str) -> str:
    """Write a figure for people; no zero is below zero."""
    match unit:
        case "share":
            return f"{100 * value:.1f}%"
        case "megabytes":
            return f"{value:.1f} MB"
        case "ratio":
            return f"{value:.2f}×"
        case _:
            return f"{round(value, 3) + 0.0:.3f}"


def difference(value: float, unit: str) -> str:
    """Write how far two figures lie apart: of shares, in points."""
    return f"{round(100 * value, 1) + 0.0:.1f} points" if unit == SHARE else written(value, unit)
