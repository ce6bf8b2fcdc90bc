"""Labelled pictures, whatever they are listed by: one door for every command."""

from collections.abc import Iterable
from pathlib import Path

from classifier.detector.replay import SPLITS
from classifier.training.data.entry import Entry, ManifestError, split_of
from classifier.training.data.folder import CLASS_FOLDERS, read_folder
from classifier.training.data.kaggle import PREFIX, is_handle, read_kaggle
from classifier.training.data.tables import SNAPSHOT_SUFFIX, read_csv, read_snapshot
from classifier.vocabulary import Label

# The lab's stream plays the traffic of tomorrow. Nothing may be learned from it beforehand.
HELD_BACK_POOLS = frozenset({"stream"})

__all__ = [
    "CLASS_FOLDERS",
    "Entry",
    "ManifestError",
    "check",
    "held_back_entries",
    "learnable_entries",
    "read_csv",
    "read_entries",
    "read_folder",
    "read_snapshot",
    "split_of",
    "usable_entries",
]


def read_entries(path: Path) -> list[Entry]:
    """Read a CSV manifest, a snapshot (.jsonl), a folder with class folders, or ``kaggle:…``.

    Raises ManifestError.
    """
    entries = _read(path)
    if not entries:
        raise ManifestError(f"There is no labelled picture in {path}.")
    return entries


def _read(path: Path) -> list[Entry]:
    if is_handle(path):
        return read_kaggle(str(path).removeprefix(PREFIX))
    if path.is_dir():
        return read_folder(path)
    return read_snapshot(path) if path.suffix == SNAPSHOT_SUFFIX else read_csv(path)


def learnable_entries(path: Path) -> list[Entry]:
    """Return the pictures that one may learn from or measure with. Raises ManifestError."""
    entries = [entry for entry in read_entries(path) if entry.pool not in HELD_BACK_POOLS]
    if unknown := {entry.split for entry in entries} - set(SPLITS):
        raise ManifestError(f"Unknown splits in the manifest: {', '.join(sorted(unknown))}.")
    return entries


def usable_entries(path: Path) -> list[Entry]:
    """Return the learnable pictures, every split complete. Raises ManifestError."""
    entries = learnable_entries(path)
    check(entries)
    return entries


def held_back_entries(path: Path) -> list[Entry]:
    """Return the pictures that no training may see; they only measure what a refit buys."""
    return [entry for entry in read_entries(path) if entry.pool in HELD_BACK_POOLS]


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
