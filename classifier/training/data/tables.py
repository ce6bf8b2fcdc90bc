"""Pictures named by a table: our CSV format, and the snapshots that the site freezes."""

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from classifier.training.data.entry import Entry, ManifestError, split_of
from classifier.vocabulary import Label

COLUMNS = ("path", "label", "source", "generator", "group", "split", "domain")
# What a snapshot names by its digest lies here, seen from the storage's root.
ORIGINALS = "images"
SNAPSHOT_SUFFIX = ".jsonl"
# The uses in a snapshot's lines that matter here; all others only measure.
TRAIN, LEFT_OUT = "train", "left_out"


def read_csv(path: Path) -> list[Entry]:
    """Read columns path, label, source, generator, group, split; paths are beside the file.

    A column domain (photo, art or other) may stand beside them. An empty or missing split is
    chosen by the group's hash. Raises ManifestError.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return [_csv_entry(path.parent, row) for row in csv.DictReader(file)]
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ManifestError(f"{path} is not a manifest that can be read: {error}.") from error


def _csv_entry(root: Path, row: dict[str, str]) -> Entry:
    group = row.get("group") or row["path"]
    source = row.get("source") or ""
    return Entry(
        path=root / row["path"],
        label=Label(row["label"]),
        split=row.get("split") or split_of(f"{source}/{group}"),
        generator=row.get("generator") or row["label"],
        source=source,
        group=group,
        pool=Path(row["path"]).parts[0],
        split_given=bool(row.get("split")),
        domain=row.get("domain") or "",
    )


def write_csv(path: Path, entries: Iterable[Entry]) -> None:
    """Write a manifest that :func:`read_csv` reads; paths are relative to it where they can be."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for entry in entries:
            place = entry.path.resolve()
            near = place.is_relative_to(path.parent.resolve())
            name = place.relative_to(path.parent.resolve()) if near else place
            facts = (entry.source, entry.generator, entry.group, entry.split, entry.domain)
            writer.writerow([name.as_posix(), entry.label, *facts])


def read_snapshot(path: Path) -> list[Entry]:
    """Read ``<root>/snapshots/<digest>/manifest.jsonl``; the pictures lie in ``<root>/images``.

    A pulled snapshot (``manage.py snapshot pull``) holds both, its manifest beside ``images``.
    What only measures is the split ``test``, what was left out is no entry, and the others are
    split by the hash of their group. A picture that is gone is met, and said, when it is opened.
    Raises ManifestError.
    """
    try:
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        root = storage_root(path.resolve())
        return [_snapshot_entry(root, line) for line in lines if use_of(line) != LEFT_OUT]
    except (OSError, IndexError, KeyError, TypeError, ValueError) as error:
        raise ManifestError(f"{path} is not a snapshot that can be read: {error}.") from error


def storage_root(manifest: Path) -> Path:
    """Return the folder that holds ``images``: beside a pulled manifest, or two folders up."""
    beside = manifest.parent
    return beside if (beside / ORIGINALS).is_dir() else manifest.parents[2]


def use_of(line: dict[str, Any]) -> str:
    """Return what a line's picture is used for. Snapshots of before only knew gold and the rest."""
    return str(line["use"]) if "use" in line else ("gold" if line["gold"] else TRAIN)


def _snapshot_entry(root: Path, line: dict[str, Any]) -> Entry:
    digest, label, measures = line["sha256"], Label(line["label"]), use_of(line) != TRAIN
    group = line.get("group") or digest
    folder = root / ORIGINALS / digest[:2]
    return Entry(
        path=next(folder.glob(f"{digest}.*"), folder / digest),
        label=label,
        split="test" if measures else split_of(group),
        generator=f"settled-{label}",
        source=line.get("source") or "snapshot",
        group=group,
        split_given=measures,
    )
