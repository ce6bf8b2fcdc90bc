"""Bytes in, RGB pixels out; everything that is not a picture we take is refused with a code."""

import warnings
from dataclasses import dataclass
from io import BytesIO

import numpy as np
import numpy.typing as npt
from PIL import Image

from classifier.detector.headers import count_scans, size_of, sniff
from classifier.errors import PictureRefused

MAX_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 50_000_000
MAX_SIDE = 65_535  # as JPEG; each row costs memory of its own, so few pixels could be gigabytes
MAX_SCANS = 100  # encoders write about ten; each one is a walk over all pixels, in a few bytes

# What is odd in a file's metadata is nobody's news, and one file can hold 65,000 such oddities.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")

Pixels = npt.NDArray[np.uint8]

CONTENT_TYPES = {
    "JPEG": ("image/jpeg", ".jpg"),
    "PNG": ("image/png", ".png"),
    "WEBP": ("image/webp", ".webp"),
}
EXIF_ORIENTATION = 0x0112
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class PictureHeader:
    """What the first bytes say. Width and height are as stored, before EXIF orientation."""

    content_type: str
    extension: str
    width: int
    height: int


def inspect(data: bytes) -> PictureHeader:
    """Read type and size from the header alone, by content and never by name.

    Raises PictureRefused with ``empty_file``, ``too_large``, ``unsupported_type``,
    ``too_many_pixels`` or ``corrupt_picture``.
    """
    if not data:
        raise PictureRefused("This file is empty.", code="empty_file")
    if len(data) > MAX_BYTES:
        raise PictureRefused("This file is larger than 20 MB.", code="too_large")
    kind = sniff(data)
    if kind is None:
        raise PictureRefused(
            "This is not a JPEG, PNG or WebP picture.",
            code="unsupported_type",
        )
    try:
        width, height = size_of(kind, data)
    except ValueError as error:
        raise _corrupt() from error
    if width == 0 or height == 0:
        raise _corrupt()
    if width * height > MAX_PIXELS:
        raise PictureRefused(
            f"This picture has {width} × {height} pixels; 50 million is the most that we take.",
            code="too_many_pixels",
        )
    if max(width, height) > MAX_SIDE:
        raise PictureRefused(
            f"This picture has {width} × {height} pixels; 65,535 is the longest side that we take.",
            code="too_many_pixels",
        )
    if kind == "JPEG" and count_scans(data, MAX_SCANS + 1) > MAX_SCANS:
        raise PictureRefused(
            "This picture is built up in more steps than any camera or program writes.",
            code="corrupt_picture",
        )
    content_type, extension = CONTENT_TYPES[kind]
    return PictureHeader(content_type, extension, width, height)


def decode(data: bytes) -> Pixels:
    """Decode the first frame wholly and return it upright, shape (H, W, 3), RGB, 0 to 255.

    Transparency is laid on white. Raises PictureRefused as :func:`inspect` does, and
    ``corrupt_picture`` where the pixels cannot be read to the end.
    """
    header = inspect(data)
    try:
        return _decode(data, header)
    except (PictureRefused, MemoryError):
        # Too little memory says nothing about the picture: trying again later can help.
        raise
    except Exception as error:  # Pillow's plugins raise almost anything on hostile bytes.
        raise _corrupt() from error


def _decode(data: bytes, header: PictureHeader) -> Pixels:
    kind = next(k for k, (name, _) in CONTENT_TYPES.items() if name == header.content_type)
    with Image.open(BytesIO(data), formats=(kind,)) as image:
        if image.size != (header.width, header.height):
            raise _corrupt()
        image.load()
        upright = UPRIGHT.get(_orientation(image))
        flat = _rgb(image)
    return np.asarray(flat.transpose(upright) if upright is not None else flat).copy()


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(EXIF_ORIENTATION, 1))
    except Exception:
        return 1


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode == "F" or image.mode.startswith("I"):
        return _from_sixteen_bits(image).convert("RGB")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        white = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(white, layer).convert("RGB")
    return image.convert("RGB")


def _from_sixteen_bits(image: Image.Image) -> Image.Image:
    """Bring 16 bits a pixel to 8; Pillow's own conversion would clip nearly all to white."""
    # Whole numbers, because 50 million pixels as floating point would take more than a gigabyte.
    values = np.asarray(image).clip(0, 65535).astype(np.uint32)
    values += 128
    values //= 257
    return Image.fromarray(values.astype(np.uint8))


def _corrupt() -> PictureRefused:
    return PictureRefused(
        "This picture is damaged: it cannot be read to the end.",
        code="corrupt_picture",
    )
