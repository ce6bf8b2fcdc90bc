"""Pictures to decode, before they are files; whole files are in ``tests/labelling/pictures.py``."""

import numpy as np
from PIL import Image

from tests.labelling.pictures import encoded

HTML = b"<!doctype html><script>alert(1)</script>"


def noise(width: int = 60, height: int = 40, seed: int = 0) -> Image.Image:
    rng = np.random.default_rng(seed)
    return Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8))


def plain(
    colour: object = "red", mode: str = "RGB", size: tuple[int, int] = (60, 40)
) -> Image.Image:
    return Image.new(mode, size, colour)  # type: ignore[arg-type]


def many_scans(scans: int) -> bytes:
    """A progressive JPEG whose last scan comes ``scans`` times more, each in a few bytes."""
    picture = encoded(plain(100, "L", (160, 120)), "JPEG", progressive=True)
    last = picture.rindex(b"\xff\xda")
    tables = picture.rindex(b"\xff\xc4", 0, last)
    return picture[:-2] + picture[tables:-2] * scans + b"\xff\xd9"
