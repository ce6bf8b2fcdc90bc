"""Embeddings of labelled pictures, by the exported graph: what serving will see."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from classifier.detector.embedder import Embedder, Embedding, mean_over
from classifier.detector.replay import Replay
from classifier.training.dataset import read_pixels
from classifier.training.manifest import Entry
from classifier.training.progress import Progress
from classifier.training.tiers import LEARNED_TIERS, SCREENSHOT, SMALL, TIERS, WEBP


@dataclass(frozen=True)
class Task:
    """One picture in one tier."""

    entry: Entry
    tier: str


def tasks_for(entries: Sequence[Entry]) -> list[Task]:
    """Name the tiers of each picture.

    All are seen in each tier that a bundle is measured in. Those to learn from are seen once more,
    of both classes alike: every other one as WebP, the rest as a screenshot, and one in eight as a
    small part of itself.
    """
    tasks = [Task(entry, tier) for tier in TIERS for entry in entries]
    learning = [entry for entry in entries if entry.split == "train"]
    tasks += [Task(entry, (WEBP, SCREENSHOT)[turn % 2]) for turn, entry in enumerate(learning)]
    return tasks + [Task(entry, SMALL) for entry in learning[1::8]]


@dataclass(frozen=True)
class Embedded:
    """Rows of a replay set, and of those that are held out the embedding of each crop (n, D)."""

    replay: Replay
    views: Sequence[Embedding | None]

    def with_left_out(self, logits: npt.NDArray[np.float32]) -> "Embedded":
        """Return the same with what strangers to each row (N,) said of it."""
        return replace(self, replay=replace(self.replay, left_out=logits))


def embed_tasks(embedder: Embedder, tasks: Sequence[Task], progress: Progress) -> Embedded:
    """Return the embeddings of all tasks with their words. Raises ManifestError."""
    rows: list[Embedding] = []
    views: list[Embedding | None] = []
    for index, task in enumerate(tasks):
        seen = embedder.embed_views(LEARNED_TIERS[task.tier](read_pixels(task.entry)))
        rows.append(mean_over(seen).astype(np.float16))
        views.append(None if task.entry.split == "train" else seen)
        if index % 200 == 0:
            progress(index / len(tasks), f"embedded {index} of {len(tasks)}")
    replay = Replay(
        np.array(rows),
        [task.entry.label for task in tasks],
        [task.entry.split for task in tasks],
        [task.entry.generator for task in tasks],
        [task.tier for task in tasks],
    )
    return Embedded(replay, views)
