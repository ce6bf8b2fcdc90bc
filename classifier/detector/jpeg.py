"""How strongly a JPEG file was compressed, by the tables in its header."""

from io import BytesIO

import numpy as np
from PIL import Image

# The luminance table of the JPEG standard's annex K, in its natural order, at quality 50.
STANDARD_LUMINANCE = np.array(
    [
        [16, 11, 10, 16, 24, 40, 51, 61],
        [12, 12, 14, 19, 26, 58, 60, 55],
        [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62],
        [18, 22, 37, 56, 68, 109, 103, 77],
        [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101],
        [72, 92, 95, 98, 112, 100, 103, 99],
    ],
    dtype=np.float64,
).ravel()


def jpeg_quality(data: bytes) -> int | None:
    """Return the quality, 1 to 100, of a whole JPEG file; None for any other file."""
    try:
        with Image.open(BytesIO(data), formats=("JPEG",)) as image:
            return quality_in(image)
    except Exception:  # no JPEG, or one whose header breaks Pillow's plugin in any way
        return None


def quality_in(image: Image.Image) -> int | None:
    """Read it from what Pillow has read of the header; None where there are no such tables."""
    tables = getattr(image, "quantization", None)
    return quality_of(tables[min(tables)]) if tables else None


def quality_of(table: list[int]) -> int:
    """Return the quality, 1 to 100, whose scaled standard table is nearest to this one (64,)."""
    qualities = np.arange(1, 101)
    scales = np.where(qualities < 50, 5000 / qualities, 200 - 2 * qualities)[:, None]
    tables = np.clip(np.floor((STANDARD_LUMINANCE * scales + 50) / 100), 1, 255)
    return int(qualities[np.abs(tables - np.asarray(table)).sum(axis=1).argmin()])
