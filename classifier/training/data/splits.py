"""Keeping what belongs together in one split, so that nothing is measured on what was learned."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from classifier.training.data.entry import Entry, ManifestError, split_of
from classifier.training.data.look import Look
from classifier.training.data.twins import Pair, families

# Who keeps a picture that stands in several splits: what is measured last gives away least.
KEEPS = ("test", "val", "train")


@dataclass(frozen=True)
class KeptApart:
    """The pictures that are left, each family of twins in one split.

    ``dropped`` are copies: the same bytes again, or twins of a picture in a split that keeps.
    ``pairs`` counts the twins by what told so, ``crossing`` those that stood in two splits and
    ``opposite`` those whose labels differ (as a picture and its reconstruction may).
    """

    looks: list[Look]
    dropped: list[Look]
    families: int
    pairs: Counter[str]
    crossing: int
    opposite: int


def refuse_conflicts(looks: Sequence[Look]) -> None:
    """Raise ManifestError where the same bytes are called ai and human, and name both files."""
    first_of: dict[str, Look] = {}
    for look in looks:
        first = first_of.setdefault(look.sha256, look)
        if first.entry.label is not look.entry.label:
            raise ManifestError(
                f"{first.entry.path} is labelled {first.entry.label} and {look.entry.path} "
                f"{look.entry.label}, but they are the same picture, byte for byte. "
                "Correct one label or remove both files.",
                code="conflicting_labels",
            )


def keep_apart(looks: Sequence[Look], pairs: Sequence[Pair]) -> KeptApart:
    """Put every family of twins into one split.

    Splits that nobody chose follow the family. Where the manifest chose them, the pictures to
    measure with stay, and ``train`` (then ``val``) loses its copies. Groups that the manifest
    names hold together likewise.
    """
    entries = [look.entry for look in looks]
    together = families(len(looks), [*pairs, *_same_group(entries)])
    placed: dict[int, Entry | None] = {}
    for rows in together:
        placed |= _place(rows, entries)
    _drop_again(looks, placed)
    settled = [placed.get(row, entry) for row, entry in enumerate(entries)]
    return KeptApart(
        looks=[
            replace(look, entry=entry) for look, entry in zip(looks, settled, strict=True) if entry
        ],
        dropped=[look for look, entry in zip(looks, settled, strict=True) if entry is None],
        families=len(families(len(looks), pairs)),
        pairs=Counter(pair.how for pair in pairs),
        crossing=sum(entries[p.first].split != entries[p.second].split for p in pairs),
        opposite=sum(entries[p.first].label is not entries[p.second].label for p in pairs),
    )


def _same_group(entries: Sequence[Entry]) -> list[Pair]:
    """Pair each picture whose split nobody chose with the first one of its group."""
    first_of: dict[tuple[str, str], int] = {}
    pairs = []
    for row, entry in enumerate(entries):
        first = first_of.setdefault((entry.source, entry.group), row)
        if first != row and not entry.split_given:
            pairs.append(Pair(first, row, "group"))
    return pairs


def _place(rows: Sequence[int], entries: Sequence[Entry]) -> dict[int, Entry | None]:
    """Return the rows of a family in their split; None for those that have to go."""
    given = {entries[row].split for row in rows if entries[row].split_given}
    name = min(f"{entries[row].source}/{entries[row].group}" for row in rows)
    split = min(given, key=_rank) if given else split_of(name)
    return {row: _move(entries[row], split, name) for row in rows}


def _move(entry: Entry, split: str, family: str) -> Entry | None:
    if not entry.split_given:
        return replace(entry, split=split, group=family)
    return entry if entry.split == split else None


def _rank(split: str) -> int:
    return KEEPS.index(split) if split in KEEPS else len(KEEPS)


def _drop_again(looks: Sequence[Look], placed: dict[int, Entry | None]) -> None:
    """Of the same bytes, keep one file."""
    kept: set[str] = set()
    for row, entry in sorted(placed.items()):
        if entry is None:
            continue
        if looks[row].sha256 in kept:
            placed[row] = None
        kept.add(looks[row].sha256)
