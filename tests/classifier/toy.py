"""A toy detector, trained by the real code in seconds on pictures that anybody can tell apart.

One class is smooth gradients, the other full of grain; AI is the smooth one if you do not say
otherwise, so that a test can also train the other way around.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from classifier.detector.preprocessing import Preprocessing
from classifier.training.augmentation import Degradation
from classifier.training.config import TrainingConfig
from classifier.training.pipeline import train
from classifier.vocabulary import Label
from tests.labelling.pictures import encoded
from tests.together import made_once

SIDE = 96
OF_EACH = 48
NAME = "toy"
TOY = TrainingConfig(
    epochs=6,
    batch=8,
    crop=64,
    learning_rate=1e-3,
    ema=0.5,
    threads=1,
    # Grain is all that tells the classes apart, so what wipes it out is left out here.
    degradation=Degradation(rescale=0.0, blur=0.0, screenshot=0.0, quality_least=60),
    preprocessing=Preprocessing(crop=64, max_crops=2),
)


def toy_picture(label: Label, seed: int, *, smooth: Label = Label.AI) -> npt.NDArray[np.uint8]:
    """Return one (96, 96, 3) picture of a class."""
    rng = np.random.default_rng([seed, label is Label.AI])
    start, end = rng.uniform(40, 215, (2, 3))
    slope = np.linspace(0, 1, SIDE)[:, None, None]
    picture = start + (end - start) * np.broadcast_to(slope, (SIDE, SIDE, 3))
    if label is not smooth:
        picture = picture + rng.normal(0, 60, (SIDE, SIDE, 3))
    return np.clip(picture, 0, 255).astype(np.uint8)


def toy_bytes(label: Label, seed: int, *, smooth: Label = Label.AI) -> bytes:
    """Return a toy picture as a PNG file."""
    return encoded(Image.fromarray(toy_picture(label, seed, smooth=smooth)))


def make_toy_pictures(folder: Path, *, of_each: int = OF_EACH, smooth: Label = Label.AI) -> Path:
    """Write ``folder/ai`` and ``folder/human`` and return ``folder``."""
    for label in Label:
        (folder / label).mkdir(parents=True, exist_ok=True)
        for seed in range(of_each):
            (folder / label / f"{seed:03}.png").write_bytes(toy_bytes(label, seed, smooth=smooth))
    return folder


def toy_bundle_of(smooth: Label = Label.AI) -> Path:
    """A bundle that the real training code made of toy pictures, once for all tests."""

    def learn(folder: Path) -> None:
        train(make_toy_pictures(folder / "pictures", smooth=smooth), folder / "run", TOY, name=NAME)

    return made_once(f"toy-{smooth}", learn) / "run" / NAME
