"""The metadata that a container holds, as bounded raw pieces, whatever its kind."""

from dataclasses import dataclass, field

from classifier.detector.provenance.container import Container, Part
from classifier.detector.provenance.png_text import XMP_KEYWORD, keyword_of, text_of

MAX_EXIF = 1_000_000  # bytes; what is longer is left unread
MAX_XMP = 1_000_000
EXIF_MARK = b"Exif\x00\x00"
# The kind of box that a manifest is; such segments also carry other boxes, of other standards.
MANIFEST_MARK, MANIFEST_MARK_BEFORE = b"jumdc2pa", 64
XMP_MARK = b"http://ns.adobe.com/xap/1.0/\x00"


@dataclass
class Metadata:
    """Of each kind the first stands. ``texts`` are those of PNG chunks, raw, by keyword."""

    texts: dict[str, bytes] = field(default_factory=dict)
    exif: bytes = b""
    xmp: bytes = b""
    has_manifest: bool = False


def metadata_of(container: Container) -> Metadata:
    """Pick the metadata out of a container's parts."""
    metadata = Metadata()
    pick = {"JPEG": _from_segment, "PNG": _from_png_chunk, "WEBP": _from_riff_chunk}
    for part in container.parts:
        pick[container.kind](metadata, part)
    return metadata


def _from_segment(metadata: Metadata, part: Part) -> None:
    if part.name == "APP1" and part.data[: len(EXIF_MARK)] == EXIF_MARK:
        metadata.exif = metadata.exif or bytes(part.data[len(EXIF_MARK) :])
    elif part.name == "APP1" and part.data[: len(XMP_MARK)] == XMP_MARK:
        metadata.xmp = metadata.xmp or bytes(part.data[len(XMP_MARK) :])
    elif part.name == "APP11" and MANIFEST_MARK in bytes(part.data[:MANIFEST_MARK_BEFORE]):
        metadata.has_manifest = True


def _from_riff_chunk(metadata: Metadata, part: Part) -> None:
    if part.name == "EXIF":
        exif = _bounded(part.data, MAX_EXIF).removeprefix(EXIF_MARK)
        metadata.exif = metadata.exif or exif
    elif part.name == "XMP ":
        metadata.xmp = metadata.xmp or _bounded(part.data, MAX_XMP)
    elif part.name == "C2PA":
        metadata.has_manifest = True


def _from_png_chunk(metadata: Metadata, part: Part) -> None:
    if part.name == "eXIf":
        metadata.exif = metadata.exif or _bounded(part.data, MAX_EXIF)
    elif part.name == "caBX":
        metadata.has_manifest = True
    elif (keyword := keyword_of(part)) and keyword not in metadata.texts:
        # Also one that cannot be read stands: a thousand bombs of one name cost as one.
        metadata.texts[keyword] = text_of(part, keyword)
        if keyword == XMP_KEYWORD:
            metadata.xmp = metadata.texts[keyword]


def _bounded(data: memoryview, most: int) -> bytes:
    """The bytes, or none where they are too many to be what they say they are."""
    return bytes(data) if len(data) <= most else b""
