"""A real bundle in milliseconds: its backbone is the mean colour, and red is what AI likes."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from PIL import Image

from classifier.detector.bundle import Bundle, write_bundle
from classifier.detector.decision import Calibration, Head, Judge, Thresholds
from classifier.detector.preprocessing import Preprocessing
from classifier.detector.replay import Replay
from classifier.vocabulary import Label
from tests.brightness import CROP, mean_of_each_channel
from tests.labelling.pictures import encoded

JUDGE = Judge(
    Head(np.array([12, 0, -12], dtype=np.float32), 0.0),
    Calibration(slope=1.0, intercept=0.0),
    Thresholds(human=0.3, ai=0.7),
)


def colour(label: Label, seed: int, *, blur: float = 0.0) -> npt.NDArray[np.float64]:
    """A mean colour in 0..1 (3,): AI is red, human is blue; ``blur`` mixes the classes."""
    rng = np.random.default_rng([seed, label is Label.AI])
    red = rng.uniform(0.6, 0.9)
    pair = (red, 1 - red) if label is Label.AI else (1 - red, red)
    mixed = np.array([pair[0], rng.uniform(0.3, 0.7), pair[1]])
    return np.clip(mixed + rng.normal(0, blur, 3) if blur else mixed, 0, 1)


def picture(label: Label, seed: int) -> bytes:
    """A PNG of one plain colour; a corner pixel makes each seed's picture another one."""
    pixels = np.full((CROP, CROP, 3), colour(label, seed) * 255).astype(np.uint8)
    pixels[0, 0] = seed % 256, seed // 256, label is Label.AI
    return encoded(Image.fromarray(pixels))


def small_bundle(
    path: Path, *, judge: Judge = JUDGE, of_each: int = 120, blur: float = 0, least_side: int = 1
) -> Bundle:
    """Write a bundle whose replay set holds ``of_each`` rows of both classes."""
    backbone = path.parent / f"{path.name}.onnx"
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(mean_of_each_channel(), backbone)
    return write_bundle(
        path,
        backbone=backbone,
        judge=judge,
        preprocessing=Preprocessing(crop=CROP, max_crops=1, least_side=least_side),
        replay=replay(of_each, blur),
        metrics={},
        lineage={"kind": "small"},
        card=lambda manifest: f"# {manifest['name']}\n",
    )


def replay(of_each: int, blur: float) -> Replay:
    """Half to train on, a quarter to validate, a quarter held out."""
    rows = [(label, number) for number in range(of_each) for label in Label]
    splits = ("train", "train", "val", "test")
    return Replay(
        np.array([colour(label, 10_000 + seed, blur=blur) for label, seed in rows], np.float16),
        [label for label, _ in rows],
        [splits[seed % 4] for _, seed in rows],
        ["small" if label is Label.AI else "camera" for label, _ in rows],
        ["clean"] * len(rows),
    )
