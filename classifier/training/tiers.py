"""How a picture comes to us: as it was, through the web, or through several hands."""

from collections.abc import Callable

import numpy as np
from PIL import Image

from classifier.detector.decoding import Pixels
from classifier.training.augmentation import recompress

CLEAN, WEB, HARD = "clean", "web", "hard"


def clean(pixels: Pixels) -> Pixels:
    return pixels


def web(pixels: Pixels) -> Pixels:
    """Long edge at most 768, JPEG quality 60."""
    return _shrunk_and_compressed(pixels, 768, 60)


def hard(pixels: Pixels) -> Pixels:
    """Long edge at most 512, JPEG quality 40."""
    return _shrunk_and_compressed(pixels, 512, 40)


TIERS: dict[str, Callable[[Pixels], Pixels]] = {CLEAN: clean, WEB: web, HARD: hard}


def _shrunk_and_compressed(pixels: Pixels, edge: int, quality: int) -> Pixels:
    image = Image.fromarray(pixels)
    image.thumbnail((edge, edge), Image.Resampling.LANCZOS)
    return np.asarray(recompress(image, "JPEG", quality))
