"""Human pictures beside what an autoencoder made of them, as pairs to learn from."""

import csv
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from classifier.training.dataset import Pictures, load_pictures
from classifier.training.manifest import Entry, ManifestError
from classifier.training.reconstruct import GENERATOR, TABLE, Tile
from classifier.vocabulary import Label


def with_reconstructions(pictures: Pictures, folder: Path, *, threads: int = 2) -> Pictures:
    """Add the reconstructions in ``folder`` whose human parent is among ``pictures``.

    The others are left out: a picture that may not be learned from, because it is held out or
    its origin is, may not be learned from by way of its reconstruction either. Raises
    ManifestError where none remains.
    """
    home = {_digest(e): row for row, e in enumerate(pictures.entries) if e.label is Label.HUMAN}
    rows = [row for row in _read_table(folder / TABLE) if row["parent"] in home]
    if not rows:
        raise ManifestError(f"No picture in {folder} was made from one that is learned from.")
    parents = [home[row["parent"]] for row in rows]
    entries = [
        replace(pictures.entries[parent], **_fake(folder, row))  # type: ignore[arg-type]
        for parent, row in zip(parents, rows, strict=True)
    ]
    fakes = load_pictures(entries, threads=threads)
    pieces = [
        _tile(row, fake.shape).of(pictures.pixels[parent])
        for parent, row, fake in zip(parents, rows, fakes.pixels, strict=True)
    ]
    first, count = len(pictures.entries), len(rows)
    return Pictures(
        [*pictures.entries, *entries, *(pictures.entries[parent] for parent in parents)],
        [*pictures.pixels, *fakes.pixels, *pieces],
        {first + number: first + count + number for number in range(count)},
    )


def _fake(folder: Path, row: Mapping[str, str]) -> dict[str, object]:
    """Source and group stay the parent's."""
    return {"path": folder / row["path"], "label": Label.AI, "generator": GENERATOR}


def _tile(row: Mapping[str, str], shape: tuple[int, ...]) -> Tile:
    return Tile(int(row["top"]), int(row["left"]), shape[0], shape[1])


def _read_table(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))
    except (OSError, ValueError) as error:
        raise ManifestError(f"{path} cannot be read: {error}.") from error


def _digest(entry: Entry) -> str:
    return sha256(entry.path.read_bytes()).hexdigest()
