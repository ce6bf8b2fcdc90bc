"""Rows as CSV, JSON or an aligned table, each written as soon as it is there."""

import csv
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, fields
from typing import Protocol

from classifier.bulk.files import Row

COLUMNS = tuple(field.name for field in fields(Row))


class Out(Protocol):
    """Anything to write text to, as it is."""

    def write(self, text: str, /) -> object: ...
    def flush(self) -> object: ...


Writer = Callable[[Iterable[Row], Out], None]


def write_csv(rows: Iterable[Row], out: Out) -> None:
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow(asdict(row))
        out.flush()


def write_json(rows: Iterable[Row], out: Out) -> None:
    """One array, one object a line."""
    before = "["
    for row in rows:
        out.write(f"{before}\n{json.dumps(asdict(row), ensure_ascii=False)}")
        out.flush()
        before = ","
    out.write("[]\n" if before == "[" else "\n]\n")


def write_table(rows: Iterable[Row], out: Out) -> None:
    """For people: the figure first, the path last, because only it has no usual length."""
    out.write(f"{'P(AI)':>6}  {'verdict':<9}  {'version':<14}  path\n")
    for row in rows:
        figure = "" if row.probability_ai is None else f"{row.probability_ai:.3f}"
        line = f"{figure:>6}  {row.verdict or 'error':<9}  {row.model_version:<14}  {row.path}"
        out.write(f"{line}  ({row.error})\n" if row.error else f"{line}\n")
        out.flush()


WRITERS: dict[str, Writer] = {"csv": write_csv, "json": write_json, "table": write_table}
