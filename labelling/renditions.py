"""What browsers are shown: small copies, made anew from the pixels, so without any metadata."""

from io import BytesIO
from typing import Literal, get_args

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image as Pillow

from classifier.detector.decoding import decode, inspect
from labelling.models import Image
from labelling.originals import read_original
from labelling.pixel_budget import room_to_decode

Size = Literal["thumb", "view"]
SIZES: tuple[Size, ...] = get_args(Size)
LONG_EDGE: dict[Size, int] = {"thumb": 320, "view": 1600}
CONTENT_TYPE = "image/webp"
QUALITY = 85


def rendition(image: Image, size: Size) -> bytes:
    """A WebP copy with a long edge of 320 (``thumb``) or 1600 (``view``) pixels, upright.

    Made once and kept beside the originals. Raises NotFound where the original is lost, and
    PictureRefused where it can no longer be read.
    """
    name = rendition_name(image, size)
    try:
        with default_storage.open(name) as file:
            return bytes(file.read())
    except FileNotFoundError:
        made = _make(read_original(image), LONG_EDGE[size])
    default_storage.save(name, ContentFile(made))
    return made


def rendition_name(image: Image, size: Size) -> str:
    """Where the copy lies in the storage."""
    return f"renditions/{image.sha256}/{size}.webp"


def _make(original: bytes, long_edge: int) -> bytes:
    with room_to_decode(inspect(original)):
        picture = Pillow.fromarray(decode(original))
        picture.thumbnail((long_edge, long_edge), Pillow.Resampling.LANCZOS)
    target = BytesIO()
    picture.save(target, "WEBP", quality=QUALITY)
    return target.getvalue()
