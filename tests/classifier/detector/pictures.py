"""Picture files made for the tests, good and bad ones."""

import struct
import zlib
from io import BytesIO

import numpy as np
from PIL import Image

SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
HTML = b"<!doctype html><script>alert(1)</script>"


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def noise(width: int = 60, height: int = 40, seed: int = 0) -> Image.Image:
    rng = np.random.default_rng(seed)
    return Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8))


def plain(
    colour: object = "red", mode: str = "RGB", size: tuple[int, int] = (60, 40)
) -> Image.Image:
    return Image.new(mode, size, colour)  # type: ignore[arg-type]


def png_header(width: int, height: int) -> bytes:
    """A PNG that promises a size and holds no pixel."""
    content = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", 13)
        + content
        + struct.pack(">I", zlib.crc32(content))
    )


def many_scans(scans: int) -> bytes:
    """A progressive JPEG whose last scan comes ``scans`` times more, each in a few bytes."""
    picture = encoded(plain(100, "L", (160, 120)), "JPEG", progressive=True)
    last = picture.rindex(b"\xff\xda")
    tables = picture.rindex(b"\xff\xc4", 0, last)
    return picture[:-2] + picture[tables:-2] * scans + b"\xff\xd9"
