"""The rows of the gate as runs store them, also those of an older shape. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from classifier.training.gate.row import PLAIN, SHARE

Row = Mapping[str, Any]


def current_rows(rows: Iterable[Row]) -> list[Row]:
    """The stored rows in today's shape, that of ``GateRow``."""
    return [_current(row) for row in rows]


def _current(row: Row) -> Row:
    """Bring a row from before there were sets into today's shape."""
    if "before" in row:
        return row
    unit = PLAIN if row["name"] == "AUROC" else SHARE
    return {
        **row,
        "set": "gold",
        "slice": "",
        "before": row["champion"],
        "now": row["challenger"],
        "threshold": row["allowed"],
        "unit": unit,
        "words": row["name"],
    }
