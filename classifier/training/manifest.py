"""Labelled pictures from a CSV manifest or from a folder with one folder for each class."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from classifier.detector.headers import SUFFIXES
from classifier.detector.replay import SPLITS
from classifier.errors import AivhError
from classifier.vocabulary import Label

# Written out, never by alphabetical order: that is how a detector gets turned around.
CLASS_FOLDERS = {
    "ai": Label.AI,
    "aiartdata": Label.AI,
    "fake": Label.AI,
    "generated": Label.AI,
    "human": Label.HUMAN,
    "realart": Label.HUMAN,
    "real": Label.HUMAN,
}
VAL_SHARE, TEST_SHARE = 0.15, 0.15


class ManifestError(AivhError):
    """The manifest or folder cannot be used; the message says why."""

    code = "manifest_unusable"


@dataclass(frozen=True)
class Entry:
    """One labelled picture. ``pool`` is the first folder of its path in the manifest."""

    path: Path
    label: Label
    split: str
    generator: str
    source: str
    group: str
    pool: str = ""


def read_entries(path: Path) -> list[Entry]:
    """Read a CSV manifest, or a folder with class folders. Raises ManifestError."""
    entries = read_folder(path) if path.is_dir() else read_csv(path)
    if not entries:
        raise ManifestError(f"There is no labelled picture in {path}.")
    return entries


def read_csv(path: Path) -> list[Entry]:
    """Read columns path, label, source, generator, group, split; paths are beside the file."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return [_entry(path.parent, row) for row in csv.DictReader(file)]
    except (OSError, KeyError, ValueError) as error:
        raise ManifestError(f"{path} is not a manifest that can be read: {error}.") from error


def _entry(root: Path, row: dict[str, str]) -> Entry:
    return Entry(
        path=root / row["path"],
        label=Label(row["label"]),
        split=row["split"],
        generator=row.get("generator") or row["label"],
        source=row.get("source") or "",
        group=row.get("group") or row["path"],
        pool=Path(row["path"]).parts[0],
    )


def read_folder(root: Path) -> list[Entry]:
    """Read ``root/<class>/**``; the class folders are those of CLASS_FOLDERS, in any case.

    The split follows from the name of the picture's folder and file, so it never moves.
    """
    folders = [(CLASS_FOLDERS.get(f.name.lower()), f) for f in sorted(root.iterdir()) if f.is_dir()]
    known = [(label, folder) for label, folder in folders if label is not None]
    if {label for label, _ in known} != set(Label):
        names = ", ".join(sorted(CLASS_FOLDERS))
        raise ManifestError(f"{root} needs a folder for each class; names that count: {names}.")
    return [
        _folder_entry(root, file, label)
        for label, folder in known
        for file in sorted(folder.rglob("*"))
        if file.suffix.lower() in SUFFIXES
    ]


def _folder_entry(root: Path, file: Path, label: Label) -> Entry:
    name = file.relative_to(root).as_posix()
    return Entry(file, label, split_of(name), generator=label, source=root.name, group=name)


def split_of(key: str) -> str:
    """Choose a split by the key's hash: the same key, the same split, for ever."""
    place = int.from_bytes(sha256(key.encode()).digest()[:8], "big") / 2**64
    if place < VAL_SHARE:
        return "val"
    return "test" if place < VAL_SHARE + TEST_SHARE else "train"


def check(entries: Iterable[Entry]) -> None:
    """Raise ManifestError where a split lacks a class or a group stands in two splits."""
    home: dict[tuple[str, str], str] = {}
    present = set()
    for entry in entries:
        present.add((entry.split, entry.label))
        if home.setdefault((entry.source, entry.group), entry.split) != entry.split:
            raise ManifestError(f"The group {entry.group} of {entry.source} is in two splits.")
    for split in SPLITS:
        for label in Label:
            if (split, label) not in present:
                raise ManifestError(f"There is no {label} picture in the split {split}.")
