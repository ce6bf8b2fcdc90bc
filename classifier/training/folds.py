"""Which origins and generators are left out of learning together."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from classifier.training.manifest import Entry, ManifestError
from classifier.vocabulary import Label

# Smaller groups of one family say something only together.
LEAST_GROUP = 20


@dataclass(frozen=True)
class Group:
    """A generator or a human origin; small ones of one family are one group, ``comfy-*``."""

    name: str
    label: Label
    n: int
    members: frozenset[str]

    def holds(self, entry: Entry) -> bool:
        return entry.label is self.label and entry.generator in self.members


def groups_of(entries: Iterable[Entry], *, least: int = LEAST_GROUP) -> list[Group]:
    """Return the groups by label and name.

    Raises ManifestError where a class has fewer than two: leaving one out would leave none.
    """
    sizes = Counter((entry.label, entry.generator) for entry in entries)
    members: dict[tuple[Label, str], dict[str, int]] = {}
    for (label, name), n in sizes.items():
        joined = name if n >= least else f"{family(name)}-*"
        members.setdefault((label, joined), {})[name] = n
    groups = [_group(label, joined, known) for (label, joined), known in sorted(members.items())]
    for label in Label:
        if sum(group.label is label for group in groups) < 2:
            raise ManifestError(
                f"All {label} pictures come from one place, so none can be left out. The manifest "
                "needs a column `generator` that says where they come from."
            )
    return groups


def _group(label: Label, joined: str, known: Mapping[str, int]) -> Group:
    name = next(iter(known)) if len(known) == 1 else joined
    return Group(name, label, sum(known.values()), frozenset(known))


def family(name: str) -> str:
    """Return what a name begins with: ``wikiart`` of ``wikiart-class0``, ``sd`` of ``sd-1.4``."""
    found = re.match(r"[a-z]+", name.lower())
    return found.group() if found else name


def make_folds(groups: Sequence[Group], count: int) -> list[list[Group]]:
    """Share the groups out, always in the same way.

    Folds hold about as many pictures of each class, and a family is spread: while
    ``wikiart-class0`` is left out, other classes of it go on being learned, as they would if it
    were a stranger's. Raises ValueError for fewer than two folds, or more than a class has groups.
    """
    fewest = min(sum(group.label is label for group in groups) for label in Label)
    if not 2 <= count <= fewest:
        raise ValueError(f"Between 2 and {fewest} folds can be made of these groups.")
    folds: list[list[Group]] = [[] for _ in range(count)]
    for group in sorted(groups, key=lambda group: (-group.n, group.name)):
        min(folds, key=partial(_crowd, group)).append(group)
    return folds


def _crowd(group: Group, fold: Sequence[Group]) -> tuple[int, int, int]:
    """How little a fold waits for this group: its kin there, pictures of its class, all."""
    kin = sum(family(other.name) == family(group.name) for other in fold)
    same = sum(other.n for other in fold if other.label is group.label)
    return kin, same, sum(other.n for other in fold)
