"""Pictures in memory, decoded once and read by every epoch."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from classifier.detector.decoding import Pixels, decode
from classifier.errors import PictureRefused
from classifier.training.manifest import Entry, ManifestError

LARGEST_SIDE = 1280


@dataclass(frozen=True)
class Pictures:
    """Decoded pictures, (H, W, 3) each, beside their entries.

    ``partners`` are the aligned pairs: the row of a fake made from a human picture, and the row of
    just that piece of the human picture. Both are drawn together and never alone.
    """

    entries: Sequence[Entry]
    pixels: Sequence[Pixels]
    partners: Mapping[int, int] = field(default_factory=dict)


def read_pixels(entry: Entry) -> Pixels:
    """Decode one picture, (H, W, 3). Raises ManifestError that names it."""
    try:
        return decode(entry.path.read_bytes())
    except (OSError, PictureRefused) as error:
        raise ManifestError(f"{entry.path} cannot be used: {error}") from error


def load_pictures(entries: Sequence[Entry], *, threads: int = 2) -> Pictures:
    """Decode all pictures into memory, at most 5 MB of each. Raises ManifestError."""
    with ThreadPoolExecutor(threads) as pool:
        return Pictures(entries, list(pool.map(lambda entry: middle(read_pixels(entry)), entries)))


def middle(pixels: Pixels) -> Pixels:
    """Keep the middle of a large picture: crops are small, and memory must hold all pictures."""
    top, left = (max(side - LARGEST_SIDE, 0) // 2 for side in pixels.shape[:2])
    middle = pixels[top : top + LARGEST_SIDE, left : left + LARGEST_SIDE]
    return middle if middle.shape == pixels.shape else middle.copy()
