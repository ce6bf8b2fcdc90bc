"""What is played: pictures that arrive, and two sets that only measure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from classifier.training.manifest import (
    Entry,
    ManifestError,
    held_back_entries,
    learnable_entries,
)
from classifier.vocabulary import Label

MANIFEST = "manifest.csv"
ARRIVES, TEST = "arrives", "test"
NEW, OLD = "stream/test", "train/test"


@dataclass(frozen=True)
class Stream:
    """``arrives`` is handed in; ``tests`` are measured by and never shown to anybody."""

    arrives: Sequence[Entry]
    tests: Mapping[str, Sequence[Entry]]

    def truths(self) -> dict[str, Label]:
        """What each arriving picture is, by the sha256 of its bytes."""
        return {sha256(each.path.read_bytes()).hexdigest(): each.label for each in self.arrives}


def read_stream(folder: Path) -> Stream:
    """Read ``manifest.csv``: the held-back pool arrives and tests, the rest tests what was known.

    Raises ManifestError where one of the three has nothing of a class.
    """
    manifest = folder / MANIFEST
    if not manifest.is_file():
        raise ManifestError(f"There is no {MANIFEST} in {folder}.")
    held_back = held_back_entries(manifest)
    stream = Stream(
        arrives=[entry for entry in held_back if entry.split == ARRIVES],
        tests={
            NEW: [entry for entry in held_back if entry.split == TEST],
            OLD: [entry for entry in learnable_entries(manifest) if entry.split == TEST],
        },
    )
    for name, entries in {f"stream/{ARRIVES}": stream.arrives, **stream.tests}.items():
        if {entry.label for entry in entries} != set(Label):
            raise ManifestError(f"{name} in {manifest} needs pictures of both classes.")
    return stream
