"""From pixels to the crops that the network sees: one module for training, serving, evaluation.

Resizing destroys the traces that a detector reads, so crops are cut at native resolution and
a picture is never squashed to a square.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from classifier.detector.decoding import Pixels
from classifier.detector.texture import texture_places

VERSION = 2
# Version 1 knew only the corners. Bundles of that version go on as they are.
READABLE_VERSIONS = (1, 2)
CORNERS, TEXTURE = "corners", "texture"
# Below this a picture holds too few traces for an answer: one crop of it is mostly mirrored.
LEAST_SIDE = 96


@dataclass(frozen=True)
class Preprocessing:
    """How a bundle wants its crops: ``crop`` pixels square, at most ``max_crops`` of them.

    ``ranking`` says which: the centre and the ``corners``, or those with the most ``texture``.
    A picture whose shorter side is below ``least_side`` pixels gets no answer.
    The network's own normalisation, (x - 127) / 128, is a part of its graph.
    """

    crop: int = 224
    max_crops: int = 5
    ranking: str = CORNERS
    least_side: int = LEAST_SIDE
    version: int = VERSION

    def __post_init__(self) -> None:
        if self.crop < 8 or not 1 <= self.max_crops <= 5:
            raise ValueError("a crop needs at least 8 pixels, a picture one to five crops")
        if self.ranking not in (CORNERS, TEXTURE):
            raise ValueError(f"crops are ranked by {CORNERS} or by {TEXTURE}")

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    def is_too_small(self, short_side: int) -> bool:
        """Whether a picture with this shorter side, in pixels, is too small for an answer."""
        return short_side < self.least_side


def crop_corners(height: int, width: int, crop: int, max_crops: int) -> list[tuple[int, int]]:
    """Return the (top, left) of each crop: the centre, then the four corners, none twice."""
    bottom, right = max(height - crop, 0), max(width - crop, 0)
    places = [
        (bottom // 2, right // 2),
        (0, 0),
        (bottom, right),
        (0, right),
        (bottom, 0),
    ]
    return list(dict.fromkeys(places))[:max_crops]


def crop_places(pixels: Pixels, preprocessing: Preprocessing) -> list[tuple[int, int]]:
    """Return the (top, left) of each crop of an (H, W, 3) picture, always the same ones."""
    crop, most = preprocessing.crop, preprocessing.max_crops
    if preprocessing.ranking == TEXTURE:
        return texture_places(pixels, crop, most)
    height, width = pixels.shape[:2]
    return crop_corners(height, width, crop, most)


def cut(pixels: Pixels, top: int, left: int, crop: int) -> Pixels:
    """Cut one (crop, crop, 3) square; what the picture lacks is mirrored at its lower right."""
    square = pixels[top : top + crop, left : left + crop]
    missing = [(0, crop - square.shape[0]), (0, crop - square.shape[1]), (0, 0)]
    if missing == [(0, 0)] * 3:
        return square
    return np.pad(square, missing, mode="reflect" if min(square.shape[:2]) > 1 else "edge")


def take_crops(pixels: Pixels, preprocessing: Preprocessing) -> Pixels:
    """Return the crops of an (H, W, 3) picture, shape (n, crop, crop, 3), always the same ones."""
    places = crop_places(pixels, preprocessing)
    return np.stack([cut(pixels, top, left, preprocessing.crop) for top, left in places])
