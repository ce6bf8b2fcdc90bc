"""What a file tells about itself before a single pixel is read: the shortcuts of a detector."""

from dataclasses import dataclass
from io import BytesIO

from PIL import Image

from classifier.detector.decoding import inspect
from classifier.detector.headers import sniff
from classifier.detector.jpeg import quality_in
from classifier.errors import PictureRefused
from classifier.training.data.webp import webp_quality

SUBSAMPLINGS = {(1, 1): "4:4:4", (2, 1): "4:2:2", (2, 2): "4:2:0", (1, 2): "4:4:0"}
WEBP = "WEBP"
JPEG_COMMENT, JPEG_C2PA = "COM", "APP11"
PNG_TEXT = (b"tEXt", b"iTXt", b"zTXt")
PNG_C2PA = b"caBX"


@dataclass(frozen=True)
class Traits:
    """``quality`` is that of the usual JPEG tables, 1 to 100, or by WebP's quantiser; None where
    nothing is lost.

    ``subsampling`` is that of the colours in a JPEG, ``none`` elsewhere; ``metadata`` names the
    kinds that are there: exif, xmp, icc, iptc, text, c2pa.
    """

    container: str
    width: int
    height: int
    mode: str
    progressive: bool
    quality: int | None
    subsampling: str
    metadata: frozenset[str]
    size: int

    @property
    def bytes_per_pixel(self) -> float:
        return self.size / (self.width * self.height)


def traits_of(data: bytes) -> Traits:
    """Read a file's header. Raises PictureRefused as ``inspect`` does."""
    header = inspect(data)
    kind = sniff(data) or ""
    try:
        with Image.open(BytesIO(data), formats=(kind,)) as image:
            return Traits(
                container=kind,
                width=header.width,
                height=header.height,
                mode=image.mode,
                progressive=bool(image.info.get("progressive") or image.info.get("interlace")),
                quality=webp_quality(data) if kind == WEBP else quality_in(image),
                subsampling=_subsampling(image),
                metadata=_metadata(image, data),
                size=len(data),
            )
    except Exception as error:  # Pillow's plugins raise almost anything on hostile bytes.
        raise PictureRefused("This picture's header cannot be read.") from error


def _subsampling(image: Image.Image) -> str:
    """Read how many colour samples there are for one of brightness, from the frame header."""
    layers = getattr(image, "layer", None)
    if not layers:
        return "none"
    if len(layers) == 1:
        return "grey"
    (_, luma_h, luma_v, _), (_, chroma_h, chroma_v, _) = layers[:2]
    return SUBSAMPLINGS.get((luma_h // chroma_h, luma_v // chroma_v), "other")


def _metadata(image: Image.Image, data: bytes) -> frozenset[str]:
    info = image.info
    segments = {name for name, _ in getattr(image, "applist", ())}
    png = image.format == "PNG"
    found = {
        "exif": "exif" in info,
        "xmp": "xmp" in info or "XML:com.adobe.xmp" in info,
        "icc": "icc_profile" in info,
        "iptc": "photoshop" in info,
        "text": JPEG_COMMENT in segments or (png and any(mark in data for mark in PNG_TEXT)),
        "c2pa": JPEG_C2PA in segments or (png and PNG_C2PA in data),
    }
    return frozenset(name for name, there in found.items() if there)
