"""A small grey copy of a picture: little enough to keep for ever, enough to know copies by."""

import numpy as np
import numpy.typing as npt
from PIL import Image

from classifier.detector.decoding import Pixels

SIDE = 64

Grey = npt.NDArray[np.uint8]


def grey_copy(pixels: Pixels) -> Grey:
    """Return the whole of an (H, W, 3) picture in grey, squashed to (SIDE, SIDE)."""
    size = (SIDE, SIDE)
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BOX).convert("L"))
