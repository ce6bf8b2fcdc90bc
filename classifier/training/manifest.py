"""Labelled pictures, whatever they are listed by: one door for every command."""

from collections.abc import Iterable
from pathlib import Path

from classifier.detector.replay import SPLITS
from classifier.training.data.entry import Entry, ManifestError, split_of
from classifier.training.data.folder import CLASS_FOLDERS, read_folder
from classifier.training.data.kaggle import PREFIX, is_handle, read_kaggle
from classifier.training.data.tables import SNAPSHOT_SUFFIX, read_csv, read_snapshot
from classifier.vocabulary import Label

__all__ = [
    "CLASS_FOLDERS",
    "Entry",
    "ManifestError",
    "check",
    "read_csv",
    "read_entries",
    "read_folder",
    "read_snapshot",
    "split_of",
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
