"""Pictures with metadata, written as the programs write them, and some that none writes."""

import struct
import zlib
from collections.abc import Callable, Mapping

from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from tests.labelling.pictures import encoded, plain

IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"
CAMERA = {0x010F: "Example", 0x0110: "Example One"}
EXPOSURE = {0x829A: IFDRational(1, 125), 0x829D: IFDRational(28, 10), 0x8827: 200}


def png(*chunks: bytes) -> bytes:
    """A PNG with more chunks between its header and its pixels."""
    return put_into_png(plain(), *chunks)


def put_into_png(picture: bytes, *chunks: bytes) -> bytes:
    """The same picture with more chunks in it."""
    place = picture.index(b"IDAT") - 4
    return picture[:place] + b"".join(chunks) + picture[place:]


def chunk(name: bytes, data: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(name + data))
    return struct.pack(">I", len(data)) + name + data + checksum


def text(keyword: str, words: str) -> bytes:
    return chunk(b"tEXt", keyword.encode() + b"\0" + words.encode())


def compressed_text(keyword: str, words: str) -> bytes:
    return chunk(b"zTXt", keyword.encode() + b"\0\0" + zlib.compress(words.encode()))


def international_text(keyword: str, words: str, *, compress: bool = False) -> bytes:
    body = zlib.compress(words.encode()) if compress else words.encode()
    flags = b"\1\0" if compress else b"\0\0"
    return chunk(b"iTXt", keyword.encode() + b"\0" + flags + b"en\0\0" + body)


def jpeg(*segments: bytes) -> bytes:
    """A JPEG with more segments behind its first marker."""
    picture = plain(kind="JPEG")
    return picture[:2] + b"".join(segments) + picture[2:]


def segment(marker: int, data: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def with_exif(
    first: Mapping[int, object], second: Mapping[int, object] | None = None, kind: str = "JPEG"
) -> bytes:
    """A picture of ``kind`` with EXIF: the first directory, and the one of the exposure."""
    exif = exif_of(first, second).tobytes()
    return encoded(Image.new("RGB", (48, 40)), kind, exif=exif)


def exif_of(first: Mapping[int, object], second: Mapping[int, object] | None = None) -> Image.Exif:
    exif = Image.Exif()
    exif.update(first)
    if second:
        exif.get_ifd(0x8769).update(second)
    return exif


def user_comment(words: str) -> bytes:
    return b"UNICODE\0" + words.encode("utf-16-be")


def xmp(body: str) -> str:
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns:iptc="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
        'xmlns:xmp="http://ns.adobe.com/xap/1.0/">'
        f'{body}</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    )


def source_type(word: str) -> str:
    """A packet that declares a source type as an attribute."""
    return xmp(f'<rdf:Description rdf:about="" iptc:DigitalSourceType="{IPTC}{word}"/>')


def png_with_xmp(packet: str) -> bytes:
    return png(international_text("XML:com.adobe.xmp", packet))


def jpeg_with_xmp(packet: str) -> bytes:
    return jpeg(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet.encode()))


def webp_with_xmp(packet: str) -> bytes:
    return encoded(Image.new("RGB", (48, 40)), "WEBP", xmp=packet.encode())


XMP_WRITERS: Mapping[str, Callable[[str], bytes]] = {
    "PNG": png_with_xmp,
    "JPEG": jpeg_with_xmp,
    "WEBP": webp_with_xmp,
}
