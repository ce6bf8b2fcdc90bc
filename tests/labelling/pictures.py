"""Picture files made for the tests, good and bad ones."""

import struct
import zlib
from io import BytesIO

import numpy as np
from PIL import Image

SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
TEXT = b"This is a letter, not a picture."
WHITE, BLACK, GREY = 255, 0, 127
ORIENTATION = 0x0112


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    target = BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def plain(brightness: int = WHITE, *, kind: str = "PNG", size: tuple[int, int] = (48, 40)) -> bytes:
    """A picture of one grey from 0 to 255."""
    return encoded(Image.new("RGB", size, (brightness,) * 3), kind)


def noise(seed: int = 0, *, kind: str = "JPEG", size: tuple[int, int] = (64, 48)) -> bytes:
    """A picture of its own for each seed."""
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    return encoded(Image.fromarray(pixels), kind)


def truncated_jpeg() -> bytes:
    whole = noise()
    return whole[: len(whole) // 2]


def png_header(width: int, height: int) -> bytes:
    """A PNG that promises a size and holds no pixel."""
    content = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", 13)
        + content
        + struct.pack(">I", zlib.crc32(content))
    )


def animated_webp(first: int = WHITE) -> bytes:
    """Two frames; the first has the given brightness, the second is its opposite."""
    frames = [Image.new("RGB", (48, 40), (grey,) * 3) for grey in (first, 255 - first)]
    return encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True)


def cmyk_jpeg() -> bytes:
    """No ink at all: white paper."""
    return encoded(Image.new("CMYK", (48, 40), (0, 0, 0, 0)), "JPEG")


def sixteen_bit_png(brightness: int = WHITE) -> bytes:
    return encoded(Image.fromarray(np.full((40, 48), brightness * 257, dtype=np.uint16)))


def palette_png() -> bytes:
    """Black, but wholly transparent, so white on paper."""
    image = Image.new("P", (48, 40), 0)
    image.putpalette([0, 0, 0, 255, 0, 0])
    return encoded(image, transparency=0)


def html_polyglot() -> bytes:
    """The signature of a JPEG with a page behind it."""
    return b"\xff\xd8\xff\xe0<!doctype html><script>alert(document.cookie)</script>"


def rotated_jpeg() -> bytes:
    """Stored 64 wide and 48 high, to be shown standing; with a place and a camera in its EXIF."""
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif[0x010F] = "Secret Camera"
    pixels = np.zeros((48, 64, 3), dtype=np.uint8)
    pixels[:, :32] = 255
    return encoded(Image.fromarray(pixels), "JPEG", exif=exif, quality=95)


def padded_to(size: int, brightness: int = WHITE) -> bytes:
    """A sound PNG of exactly ``size`` bytes: a chunk of the writer's own fills it up."""
    picture = plain(brightness)
    filling = b"fiLL" + bytes(size - len(picture) - 12)
    chunk = struct.pack(">I", len(filling) - 4) + filling + struct.pack(">I", zlib.crc32(filling))
    end = picture.rindex(b"IEND") - 4
    return picture[:end] + chunk + picture[end:]
