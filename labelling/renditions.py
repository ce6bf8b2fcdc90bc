"""What browsers are shown: copies made anew from the pixels, so without any metadata."""

from io import BytesIO
from typing import Literal, get_args

from django.core.files.storage import default_storage
from PIL import Image as Pillow

from classifier.detector.decoding import decode, inspect
from labelling.copies import keep_copy
from labelling.models import Image
from labelling.originals import read_original
from labelling.pixel_budget import room_to_decode

Size = Literal["thumb", "view", "full"]
SIZES: tuple[Size, ...] = get_args(Size)
LONG_EDGE: dict[Size, int] = {"thumb": 320, "view": 1600}  # ``full`` keeps the true pixels
QUALITY = 85

# A full copy changes no pixel up to this many: 0.4 s. Larger ones are JPEG, which is quick and
# shows a first coarse picture early, with every sample kept and next to no loss.
LOSSLESS_PIXELS = 4_000_000
LOSSLESS_SIDE = 16_383  # the longest that WebP knows
FULL_QUALITY = 95
QUICK_LOSSLESS = {"lossless": True, "method": 0, "quality": 20}


def rendition(image: Image, size: Size) -> bytes:
    """A copy, upright: the long edge of 320 (``thumb``) or 1600 (``view``) pixels, or ``full``.

    Made once and kept beside the originals. Raises NotFound where the original is lost or the
    picture erased meanwhile, and PictureRefused where it can no longer be read.
    """
    name = rendition_name(image, size)
    try:
        with default_storage.open(name) as file:
            return bytes(file.read())
    except FileNotFoundError:
        made = _make(read_original(image), size, content_type(image, size))
    keep_copy(image, name, made)
    return made


def rendition_name(image: Image, size: Size) -> str:
    """Where the copy lies in the storage."""
    extension = content_type(image, size).removeprefix("image/")
    return f"renditions/{image.sha256}/{size}.{extension}"


def content_type(image: Image, size: Size) -> str:
    """WebP, but for the true pixels of a large picture."""
    large = image.width * image.height > LOSSLESS_PIXELS
    too_long = max(image.width, image.height) > LOSSLESS_SIDE
    return "image/jpeg" if size == "full" and (large or too_long) else "image/webp"


def _make(original: bytes, size: Size, kind: str) -> bytes:
    with room_to_decode(inspect(original)):
        picture = Pillow.fromarray(decode(original))
        if size == "full":
            return _full(picture, kind)
        picture.thumbnail((LONG_EDGE[size], LONG_EDGE[size]), Pillow.Resampling.LANCZOS)
    return _saved(picture, "WEBP", quality=QUALITY)


def _full(picture: Pillow.Image, kind: str) -> bytes:
    if kind == "image/webp":
        return _saved(picture, "WEBP", **QUICK_LOSSLESS)
    return _saved(picture, "JPEG", quality=FULL_QUALITY, subsampling=0, progressive=True)


def _saved(picture: Pillow.Image, kind: str, **options: object) -> bytes:
    target = BytesIO()
    picture.save(target, kind, **options)
    return target.getvalue()
