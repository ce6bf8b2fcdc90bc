"""The replay set: embeddings and labels of what a bundle learned from, without any picture."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors import safe_open
from safetensors.numpy import save_file

from classifier.detector.polarity import ai_targets, labels_of
from classifier.vocabulary import Label

SPLITS = ("train", "val", "test")
MEASURED = ("left_out", "disagreements")


def _nothing() -> npt.NDArray[np.float32]:
    return np.empty(0, dtype=np.float32)


@dataclass(frozen=True)
class Replay:
    """N rows: embeddings (N, D) and N words in each other column. ``test`` is never trained on.

    ``left_out`` (N,) are the logits of heads that had learned from nothing of the row's
    generator or origin: how the bundle's own head scores what it does not know. ``disagreements``
    (N,) tell how far the crops' logits spread. NaN stands where either was not measured.
    """

    embeddings: npt.NDArray[np.float16]
    labels: Sequence[Label]
    splits: Sequence[str]
    generators: Sequence[str]
    tiers: Sequence[str]
    left_out: npt.NDArray[np.float32] = field(default_factory=_nothing)
    disagreements: npt.NDArray[np.float32] = field(default_factory=_nothing)

    def __post_init__(self) -> None:
        for name in MEASURED:
            if not len(getattr(self, name)):
                unknown_yet = np.full(len(self.labels), np.nan, dtype=np.float32)
                object.__setattr__(self, name, unknown_yet)
        if len({len(getattr(self, column.name)) for column in fields(self)}) != 1:
            raise ValueError("the columns of a replay set must have one length")
        if unknown := set(self.splits) - set(SPLITS):
            raise ValueError(f"unknown splits in the replay set: {sorted(unknown)}")

    def __len__(self) -> int:
        return len(self.labels)

    def part(self, split: str, *, tier: str | None = None) -> "Replay":
        """Return the rows of one split, and of one tier if you name it."""
        return self.rows(
            [
                row
                for row in range(len(self))
                if self.splits[row] == split and tier in (None, self.tiers[row])
            ]
        )

    def rows(self, chosen: Sequence[int]) -> "Replay":
        """Return the rows with these numbers."""
        return Replay(
            self.embeddings[list(chosen)],
            [self.labels[row] for row in chosen],
            [self.splits[row] for row in chosen],
            [self.generators[row] for row in chosen],
            [self.tiers[row] for row in chosen],
            self.left_out[list(chosen)],
            self.disagreements[list(chosen)],
        )


def save_replay(replay: Replay, path: Path) -> None:
    """Write half-precision embeddings and small codes; the codes' words stand in the metadata."""
    columns = {
        "split": replay.splits,
        "generator": replay.generators,
        "tier": replay.tiers,
    }
    words = {name: sorted(set(column)) for name, column in columns.items()}
    tensors = {
        name: np.array([words[name].index(word) for word in column], dtype=np.uint16)
        for name, column in columns.items()
    }
    tensors["embedding"] = np.ascontiguousarray(replay.embeddings, dtype=np.float16)
    for name in MEASURED:
        if np.isfinite(getattr(replay, name)).any():
            tensors[name] = np.asarray(getattr(replay, name), dtype=np.float32)
    tensors["is_ai"] = ai_targets(replay.labels).astype(np.uint8)
    save_file(tensors, path, metadata={"words": json.dumps(words)})


def load_replay(path: Path) -> Replay:
    """Read what :func:`save_replay` wrote."""
    with safe_open(path, framework="numpy") as file:
        words = json.loads(file.metadata()["words"])
        columns = {
            name: [words[name][code] for code in file.get_tensor(name)]
            for name in ("split", "generator", "tier")
        }
        measured = {name: file.get_tensor(name) for name in MEASURED if name in set(file.keys())}
        return Replay(
            file.get_tensor("embedding"),
            labels_of(file.get_tensor("is_ai")),
            columns["split"],
            columns["generator"],
            columns["tier"],
            **measured,
        )
