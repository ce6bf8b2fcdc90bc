"""The gate's table in words and figures. Pure: stored rows in, what a page shows out."""

from collections.abc import Iterable
from dataclasses import dataclass

from classifier.training.gate.row import difference, written
from worker.gate_rows import Row, current_rows

TITLES = {
    "gold": "Gold, never learned from",
    "regression": "Mistakes that were put right",
    "audit": "A random part of what came in",
    "calibration": "Pictures on which both set their thresholds",
    "bundles": "The bundles themselves",
}
TIERS = {"": "", "web": "as the web passes them on", "hard": "badly degraded"}
NOTHING = "–"


@dataclass(frozen=True)
class Line:
    """One check, written out."""

    name: str
    place: str
    before: str
    now: str
    loss: str
    interval: str
    allowed: str
    ok: bool
    compared: bool


@dataclass(frozen=True)
class Block:
    """The checks of one set. ``apart`` are those of single origins, of which there are many."""

    title: str
    lines: list[Line]
    apart: list[Line]

    @property
    def failed_apart(self) -> bool:
        return any(not line.ok for line in self.apart)

    @property
    def failed(self) -> bool:
        return self.failed_apart or any(not line.ok for line in self.lines)

    @property
    def told(self) -> str:
        """How the block went, for its summary."""
        lines = [*self.lines, *self.apart]
        failed = sum(not line.ok for line in lines)
        checks = "1 check" if len(lines) == 1 else f"{len(lines)} checks"
        return f"{failed} of {checks} failed" if failed else f"{checks}, none failed"


@dataclass(frozen=True)
class GateTable:
    """What the gate found: a sentence, what failed in words, and every check."""

    lead: str
    failed: list[str]
    blocks: list[Block]


def gate_table(rows: Iterable[Row]) -> GateTable | None:
    """Write out a run's stored rows; None where the gate was not asked."""
    known = current_rows(rows)
    if not known:
        return None
    sets = list(dict.fromkeys(row["set"] for row in known))
    return GateTable(
        lead=_lead(known),
        failed=[row["words"] for row in known if not row["ok"]],
        blocks=[_block(name, [row for row in known if row["set"] == name]) for name in sets],
    )


def gate_lead(rows: Iterable[Row]) -> str:
    """What the table comes to, in a sentence; empty where the gate was not asked."""
    known = current_rows(rows)
    return _lead(known) if known else ""


def _lead(rows: list[Row]) -> str:
    asked = [row for row in rows if row["before"] is not None or not row["ok"]]
    failed = sum(not row["ok"] for row in asked)
    checks = "1 check" if len(asked) == 1 else f"{len(asked)} checks"
    if not failed:
        return f"It passed: {checks}, and none is worse by more than is allowed."
    return f"It was refused: {failed} of {checks} failed."


def _block(name: str, rows: list[Row]) -> Block:
    single = [row for row in rows if row["slice"] not in TIERS]
    return Block(
        title=TITLES.get(name, name),
        lines=[_line(row) for row in rows if row["slice"] in TIERS],
        apart=[_line(row) for row in single],
    )


def _line(row: Row) -> Line:
    unit, compared = row["unit"], row["before"] is not None
    place: str = row["slice"]
    return Line(
        name=row["name"],
        place=TIERS.get(place, place),
        before=written(row["before"], unit) if compared else NOTHING,
        now=written(row["now"], unit) if compared else NOTHING,
        loss=difference(row["worse_by"], unit) if compared else NOTHING,
        interval=_ends(row, unit) if row["low"] is not None else "",
        allowed=difference(row["threshold"], unit) if compared else NOTHING,
        ok=row["ok"],
        compared=compared,
    )


def _ends(row: Row, unit: str) -> str:
    low, high = (difference(row[end], unit) for end in ("low", "high"))
    return f"{low} to {high}".replace(" points", "")
