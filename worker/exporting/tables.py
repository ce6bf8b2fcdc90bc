"""One line for each picture: CSV for spreadsheets, JSON Lines for programs."""

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import IO, Any

from worker.exporting.row import COLUMNS, Exported, Row

# A spreadsheet takes a cell that begins with one of these for a formula and runs it.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_csv(rows: Iterable[Exported], out: IO[bytes]) -> None:
    """UTF-8 with the marks that spreadsheets look for, and with a line of names first."""
    text = io.TextIOWrapper(out, encoding="utf-8-sig", newline="", write_through=True)
    table = csv.writer(text)
    table.writerow(COLUMNS)
    for exported in rows:
        table.writerow([_cell(value) for value in asdict(exported.row).values()])
    text.flush()
    text.detach()


def write_jsonl(rows: Iterable[Exported], out: IO[bytes]) -> None:
    """One JSON object a line; what is not known is null."""
    for exported in rows:
        out.write(as_json(as_object(exported.row)) + b"\n")


def as_object(row: Row) -> dict[str, Any]:
    """The row with null for what is empty, and times in UTC."""
    return {name: _plain(value) for name, value in asdict(row).items()}


def as_json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def moment(at: datetime) -> str:
    """ISO 8601 in UTC, to the second."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return moment(value)
    return None if value == "" else value


def _cell(value: object) -> object:
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return value
