"""Bundles and labelled embeddings drawn from two clouds, for tests that need no picture."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from classifier.detector.bundle import Bundle, write_bundle
from classifier.detector.decision import Calibration, Head, Judge, Thresholds
from classifier.detector.preprocessing import Preprocessing
from classifier.detector.replay import Replay
from classifier.training.card import model_card
from classifier.training.relearn import Examples
from classifier.vocabulary import Label

WIDTH = 16


def labels(count: int) -> list[Label]:
    """Alternate the two labels."""
    return [Label.AI if index % 2 else Label.HUMAN for index in range(count)]


def cloud(
    of: Sequence[Label], *, seed: int, axis: int = 0, gap: float = 2.0, width: int = WIDTH
) -> npt.NDArray[np.float32]:
    """Return (N, width) noise in which AI lies ``gap`` further along ``axis`` than human."""
    points = np.random.default_rng(seed).normal(0, 1, (len(of), width))
    points[:, axis] += [gap / 2 if label is Label.AI else -gap / 2 for label in of]
    return points.astype(np.float32)


def examples(count: int, *, seed: int, axis: int = 0, gap: float = 2.0) -> Examples:
    known = labels(count)
    ids = [f"{seed}-{index}" for index in range(count)]
    return Examples(cloud(known, seed=seed, axis=axis, gap=gap), known, ids)


def judge(axis: int = 0) -> Judge:
    """A head that reads one axis, in the right direction."""
    weight = np.zeros(WIDTH, dtype=np.float32)
    weight[axis] = 2.0
    return Judge(Head(weight, 0.0), Calibration(1.0, 0.0), Thresholds(human=0.2, ai=0.8))


def replay(of_each_split: int = 500, *, gap: float = 2.0) -> Replay:
    known = labels(3 * of_each_split)
    splits = [split for split in ("train", "val", "test") for _ in range(of_each_split)]
    points = cloud(known, seed=1, gap=gap).astype(np.float16)
    generators = [f"{label}-origin" for label in known]
    return Replay(points, known, splits, generators, ["clean"] * len(known))


def make_bundle(
    path: Path, *, with_replay: Replay | None = None, content: bytes = b"not a network"
) -> Bundle:
    """Write a bundle whose backbone is no network: nothing that uses it may load it."""
    backbone = path.parent / "backbone-of-the-test.onnx"
    backbone.parent.mkdir(parents=True, exist_ok=True)
    backbone.write_bytes(content)
    return write_bundle(
        path,
        backbone=backbone,
        judge=judge(),
        preprocessing=Preprocessing(),
        replay=with_replay or replay(),
        metrics={},
        lineage={"kind": "test"},
        card=model_card,
    )
