"""Pictures in memory, drawn so that each class and each generator is seen as it should be."""

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from classifier.detector.decoding import Pixels, decode
from classifier.detector.polarity import ai_targets
from classifier.errors import PictureRefused
from classifier.training.augmentation import Degradation, training_crop
from classifier.training.manifest import Entry, ManifestError
from classifier.vocabulary import Label

Batch = tuple[Pixels, npt.NDArray[np.float32]]

PREFETCHED = 3
LARGEST_SIDE = 1280


@dataclass(frozen=True)
class Pictures:
    """Decoded pictures, (H, W, 3) each, beside their entries."""

    entries: Sequence[Entry]
    pixels: Sequence[Pixels]


def read_pixels(entry: Entry) -> Pixels:
    """Decode one picture, (H, W, 3). Raises ManifestError that names it."""
    try:
        return decode(entry.path.read_bytes())
    except (OSError, PictureRefused) as error:
        raise ManifestError(f"{entry.path} cannot be used: {error}") from error


def load_pictures(entries: Sequence[Entry], *, threads: int = 2) -> Pictures:
    """Decode all pictures into memory, at most 5 MB of each. Raises ManifestError."""
    with ThreadPoolExecutor(threads) as pool:
        return Pictures(entries, list(pool.map(lambda entry: _middle(read_pixels(entry)), entries)))


def _middle(pixels: Pixels) -> Pixels:
    """Keep the middle of a large picture: crops are small, and memory must hold all pictures."""
    top, left = (max(side - LARGEST_SIDE, 0) // 2 for side in pixels.shape[:2])
    middle = pixels[top : top + LARGEST_SIDE, left : left + LARGEST_SIDE]
    return middle if middle.shape == pixels.shape else middle.copy()


def draw_weights(labels: Sequence[Label], generators: Sequence[str]) -> npt.NDArray[np.float64]:
    """Return the chance of each picture to be drawn, (N,), one in sum.

    Each class gets half. Within a class a generator (or human origin) gets a share that grows
    with the square root of its size: rare ones are seen more often, and not only they.
    """
    sizes = Counter(zip(labels, generators, strict=True))
    weights = np.array([sizes[key] ** -0.5 for key in zip(labels, generators, strict=True)])
    is_ai = ai_targets(labels)
    for side in (is_ai, ~is_ai):
        weights[side] /= 2.0 * weights[side].sum()
    return weights


def training_batches(
    pictures: Pictures, *, epoch: int, seed: int, batch: int, crop: int, how: Degradation
) -> Iterator[Batch]:
    """Yield one epoch of (crops (n, crop, crop, 3), targets (n,)); the same seed, the same one.

    Crops are prepared in a thread while the network learns from those before.
    """
    rng = np.random.default_rng([seed, epoch])
    labels = [entry.label for entry in pictures.entries]
    weights = draw_weights(labels, [entry.generator for entry in pictures.entries])
    drawn = rng.choice(len(labels), size=len(labels), p=weights)
    targets = ai_targets(labels).astype(np.float32)

    def prepare(start: int) -> Batch:
        rows = drawn[start : start + batch]
        crops = [
            training_crop(
                pictures.pixels[row], crop, how, np.random.default_rng([seed, epoch, start + i])
            )
            for i, row in enumerate(rows)
        ]
        return np.stack(crops), targets[rows]

    starts = list(range(0, len(drawn) - batch + 1, batch)) or [0]
    with ThreadPoolExecutor(1) as pool:
        waiting = [pool.submit(prepare, start) for start in starts[:PREFETCHED]]
        for start in starts[PREFETCHED:]:
            yield waiting.pop(0).result()
            waiting.append(pool.submit(prepare, start))
        for future in waiting:
            yield future.result()
