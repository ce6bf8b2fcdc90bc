"""Embeddings of labelled pictures, by the exported graph: what serving will see."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime

from classifier.detector.decoding import Pixels
from classifier.detector.preprocessing import Preprocessing, take_crops
from classifier.detector.replay import Replay
from classifier.training.dataset import read_pixels
from classifier.training.manifest import Entry
from classifier.training.progress import Progress
from classifier.training.tiers import CLEAN, HARD, TIERS, WEB


@dataclass(frozen=True)
class Task:
    """One picture in one tier."""

    entry: Entry
    tier: str


class Embedder:
    """The backbone alone, before there is a head."""

    def __init__(self, backbone: Path, preprocessing: Preprocessing, *, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = onnxruntime.InferenceSession(
            backbone, options, providers=["CPUExecutionProvider"]
        )
        self._preprocessing = preprocessing

    def embed(self, pixels: Pixels) -> npt.NDArray[np.float32]:
        """Return the mean embedding (D,) over the crops of an (H, W, 3) picture."""
        crops = take_crops(pixels, self._preprocessing)
        (embeddings,) = self._session.run(["embedding"], {"crops": crops})
        return np.asarray(embeddings.mean(axis=0), dtype=np.float32)


def tasks_for(entries: Sequence[Entry]) -> list[Task]:
    """Name the tiers of each picture.

    Held-out pictures are seen in all tiers; one to learn from in a single one, half of them
    clean, so that a refit learns from degraded pictures too and the replay set stays small.
    """
    learning = [entry for entry in entries if entry.split == "train"]
    turns = (CLEAN, WEB, CLEAN, HARD)
    tasks = [Task(entry, turns[index % 4]) for index, entry in enumerate(learning)]
    return tasks + [
        Task(entry, tier) for entry in entries if entry.split != "train" for tier in TIERS
    ]


def embed_tasks(embedder: Embedder, tasks: Sequence[Task], progress: Progress) -> Replay:
    """Return the embeddings of all tasks with their words. Raises ManifestError."""
    rows = []
    for index, task in enumerate(tasks):
        rows.append(embedder.embed(TIERS[task.tier](read_pixels(task.entry))))
        if index % 200 == 0:
            progress(index / len(tasks), f"embedded {index} of {len(tasks)}")
    return Replay(
        np.array(rows, dtype=np.float16),
        [task.entry.label for task in tasks],
        [task.entry.split for task in tasks],
        [task.entry.generator for task in tasks],
        [task.tier for task in tasks],
    )
