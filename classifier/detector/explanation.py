"""Where the score of a picture comes from: an exact class-activation map.

The embedding of a crop is the mean of its spatial map over the map's cells, and the head is linear.
So with a crop's cells s[i, j] (a vector of D numbers each), the head's weight w and its bias b:

    logit of a crop      = w · mean(s[i, j]) + b = mean over i, j of (w · s[i, j] + b)
    logit of the picture = mean over the crops of the crop's logit

Each cell has a figure of its own, (w · s[i, j] + b), and their mean is the score: nothing is left
over and nothing is estimated. A cell's figure is what the picture would score if all of it looked
like that place. (It has seen more than its own square, because cells look around them.)
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from classifier.detector.decision import Calibration, Head
from classifier.detector.decoding import decode
from classifier.detector.detector import Detector
from classifier.detector.embedder import Embedding
from classifier.detector.preprocessing import crop_places, cut
from classifier.errors import NotExplainable

Cells = npt.NDArray[np.float64]
TOLERANCE = 1e-3  # log-odds between a crop's score and the mean of its cells; float32 needs 1e-6


@dataclass(frozen=True)
class Look:
    """One crop that the detector took: its place in pixels, and (h, w) cells of log-odds of AI."""

    top: int
    left: int
    cells: Cells

    @property
    def score(self) -> float:
        """The log-odds of the crop: the mean of its cells."""
        return float(self.cells.mean())


@dataclass(frozen=True)
class HeatMap:
    """``values`` (H, W) are log-odds of AI, 0 where nothing was looked at; ``looks`` counts crops.

    The mean of the values, each counted as often as it was looked at, is the picture's log-odds;
    up to rounding where the map is smaller than the picture, and but for mirrored borders, which
    count in the score and lie outside the picture.
    """

    values: npt.NDArray[np.float32]
    looks: npt.NDArray[np.uint8]

    @property
    def looked_at(self) -> float:
        """The share of the picture that any crop has covered, from 0 to 1."""
        return float((self.looks > 0).mean())


@dataclass(frozen=True)
class Explanation:
    """All looks at a picture of ``height`` × ``width`` pixels, upright; crops are square."""

    height: int
    width: int
    crop: int
    looks: Sequence[Look]

    @property
    def score(self) -> float:
        """The mean over the crops of the mean over their cells: the log-odds of the picture."""
        return float(np.mean([look.score for look in self.looks]))

    def calibrated(self, calibration: Calibration) -> "Explanation":
        """The same in calibrated log-odds, whose sigmoid is the probability that people see.

        Platt scaling is linear, so the mean of the cells goes on being the score.
        """
        slope, intercept = calibration.slope, calibration.intercept
        looks = [Look(look.top, look.left, slope * look.cells + intercept) for look in self.looks]
        return Explanation(self.height, self.width, self.crop, looks)

    def assemble(self, long_edge: int) -> HeatMap:
        """Lay the crops over each other at the picture's own size, or smaller.

        Where crops overlap they are averaged. ``long_edge`` bounds the map, in pixels, and with it
        the memory, however large the picture is.
        """
        scale = min(1.0, long_edge / max(self.height, self.width))
        size = (max(1, round(self.height * scale)), max(1, round(self.width * scale)))
        values, looks = np.zeros(size, dtype=np.float32), np.zeros(size, dtype=np.uint8)
        for look in self.looks:
            rows, columns = self._place(look, size)
            values[rows, columns] += self._enlarged(look, rows, columns)
            looks[rows, columns] += 1
        values /= np.maximum(looks, 1)
        return HeatMap(values, looks)

    def _place(self, look: Look, size: tuple[int, int]) -> tuple[slice, slice]:
        """Where the part of a crop that lies in the picture goes on a map of ``size``."""
        return (
            _span(look.top, self._visible(look.top, self.height), self.height, size[0]),
            _span(look.left, self._visible(look.left, self.width), self.width, size[1]),
        )

    def _enlarged(self, look: Look, rows: slice, columns: slice) -> npt.NDArray[np.float32]:
        """The cells of the visible part, smoothed between their centres; their mean stays."""
        high, wide = look.cells.shape
        box = (
            0.0,
            0.0,
            wide * self._visible(look.left, self.width) / self.crop,
            high * self._visible(look.top, self.height) / self.crop,
        )
        target = (columns.stop - columns.start, rows.stop - rows.start)
        cells = Image.fromarray(look.cells.astype(np.float32))
        return np.asarray(cells.resize(target, Image.Resampling.BILINEAR, box=box))

    def _visible(self, start: int, side: int) -> int:
        """How many pixels of a crop lie in the picture; the rest is its mirrored border."""
        return min(self.crop, side - start)


def explain(detector: Detector, data: bytes) -> Explanation:
    """Look at a picture as :meth:`Detector.examine` does and say what each place of it counts.

    The figures are log-odds before calibration, and their mean is the finding's ``logit``.
    Raises PictureRefused, and NotExplainable where the bundle's network has no map to read from.
    """
    pixels, preprocessing = decode(data), detector.bundle.preprocessing
    side, places = preprocessing.crop, crop_places(pixels, preprocessing)
    crops = np.stack([cut(pixels, top, left, side) for top, left in places])
    weighed = weigh_cells(detector.bundle.head(), *detector.embedder.embed_crops_with_map(crops))
    looks = [Look(top, left, cells) for (top, left), cells in zip(places, weighed, strict=True)]
    return Explanation(pixels.shape[0], pixels.shape[1], side, looks)


def weigh_cells(head: Head, embeddings: Embedding, spatial: npt.NDArray[np.float32]) -> Cells:
    """Put each cell before the head: maps (n, D, h, w) in, (n, h, w) log-odds of AI out.

    Raises NotExplainable where the mean of a crop's cells is not what the head says of its
    embedding (n, D): a map that explains something else must not be shown.
    """
    cells = head.logits(np.moveaxis(spatial, 1, -1))
    if not np.allclose(cells.mean(axis=(1, 2)), head.logits(embeddings), atol=TOLERANCE):
        raise NotExplainable(
            "This version of the detector scores pictures in a way that no map can show."
        )
    return cells


def _span(start: int, length: int, side: int, target: int) -> slice:
    """Carry ``length`` pixels from ``start`` over to a side of ``target`` pixels, one at least."""
    first = min(round(start * target / side), target - 1)
    last = round((start + length) * target / side)
    return slice(first, max(first + 1, last))
