"""Settled pictures as a network sees them before and after it has learned on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from classifier.detector.bundle import Bundle
from classifier.detector.doubt import disagreement_of
from classifier.detector.embedder import Embedder, Embedding, mean_over
from classifier.training.dataset import read_pixels
from classifier.training.manifest import Entry
from classifier.training.progress import Progress
from classifier.training.relearn import Examples
from classifier.vocabulary import Label

THREADS = 2


@dataclass(frozen=True)
class Settled:
    """N settled pictures: what the version in use sees in them, and the files, in one order."""

    examples: Examples
    files: Sequence[Path]

    def entries(self) -> list[Entry]:
        """The files with their labels, all to learn from."""
        return [
            Entry(path, label, "train", f"settled {label}", "settled", str(path))
            for path, label in zip(self.files, self.examples.labels, strict=True)
        ]

    def some_entries(self, most: int) -> list[Entry]:
        """The first ones, at most half of ``most`` of each class."""
        of_each = [[one for one in self.entries() if one.label is label] for label in Label]
        return [one for entries in of_each for one in entries[: most // 2]]


@dataclass(frozen=True)
class SeenTwice:
    """N pictures: the embeddings (N, D) of the parent, and the child's with all that goes along."""

    parent: npt.NDArray[np.float32]
    child: Examples


class Eyes:
    """Looks at pictures with the parent's network and with its child's.

    ``known`` says that the settled pictures' own embeddings are the parent's, so that they need
    not be made again.
    """

    def __init__(self, parent: Bundle, child: Path, *, known: bool) -> None:
        self._head = parent.head()
        self._child = Embedder(child, parent.preprocessing, threads=THREADS)
        self._parent = None
        if not known:
            self._parent = Embedder(parent.backbone, parent.preprocessing, threads=THREADS)

    def look(self, settled: Settled, progress: Progress) -> SeenTwice:
        """See all pictures anew. Raises ManifestError where one cannot be read."""
        entries = settled.entries()
        before, now, differ = [], [], []
        for row, entry in enumerate(entries):
            progress(row / len(entries), "looking at the pictures with the new network")
            pixels = read_pixels(entry)
            views = self._child.embed_views(pixels)
            now.append(mean_over(views))
            differ.append(disagreement_of(self._head.logits(views)))
            before.append(
                self._parent.embed(pixels) if self._parent else settled.examples.embeddings[row]
            )
        spreads = [np.nan if one is None else one for one in differ]
        child = replace(
            settled.examples,
            embeddings=_rows(now, self._child.width),
            disagreements=np.array(spreads, dtype=np.float64),
        )
        return SeenTwice(_rows(before, self._child.width), child)


def _rows(embeddings: Sequence[Embedding], width: int) -> npt.NDArray[np.float32]:
    return np.array(embeddings, dtype=np.float32).reshape(len(embeddings), width)
