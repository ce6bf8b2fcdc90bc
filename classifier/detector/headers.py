"""Width and height from the first bytes of a JPEG, PNG or WebP file, without decoding it.

Pillow prepares its buffers when it opens some files, so a picture of absurd size must be
recognised before Pillow sees it.
"""

import re
import struct
from struct import unpack_from

# What the names of such files usually end with. Only :func:`sniff` says what they are.
SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp"})

JPEG_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
JPEG_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})
JPEG_END_OF_IMAGE = 0xD9
JPEG_START_OF_SCAN = 0xDA
# Inside a scan 0xFF is pixels before 0x00, a restart before 0xD0-0xD7 and padding before 0xFF.
JPEG_END_OF_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


def sniff(data: bytes) -> str | None:
    """Return ``JPEG``, ``PNG`` or ``WEBP`` by the file's signature, else None."""
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    return None


def size_of(kind: str, data: bytes) -> tuple[int, int]:
    """Return (width, height) in pixels as stored. Raises ValueError where the header is broken."""
    try:
        return {"JPEG": _jpeg_size, "PNG": _png_size, "WEBP": _webp_size}[kind](data)
    except (struct.error, IndexError) as error:
        raise ValueError("the header ends too early") from error


def count_scans(data: bytes, limit: int) -> int:
    """Return how many scans a JPEG file has; counting stops at ``limit``.

    Whatever lies behind the picture's end, or is broken, is not counted.
    """
    position, scans = 2, 0
    while scans < limit:
        marker = JPEG_END_OF_SCAN.search(data, position)
        if marker is None or data[marker.end() - 1] == JPEG_END_OF_IMAGE:
            break
        position, code = marker.end(), data[marker.end() - 1]
        scans += code == JPEG_START_OF_SCAN
        if code not in JPEG_WITHOUT_LENGTH and len(data) >= position + 2:
            position += unpack_from(">H", data, position)[0]
    return scans


def _png_size(data: bytes) -> tuple[int, int]:
    if data[12:16] != b"IHDR":
        raise ValueError("no IHDR chunk")
    width, height = unpack_from(">II", data, 16)
    return width, height


def _jpeg_size(data: bytes) -> tuple[int, int]:
    position = 2
    while True:
        if data[position] != 0xFF:
            raise ValueError("a marker was expected")
        while data[position] == 0xFF:
            position += 1
        marker = data[position]
        position += 1
        if marker in JPEG_WITHOUT_LENGTH:
            continue
        if marker == JPEG_START_OF_SCAN:
            raise ValueError("no frame header before the first scan")
        if marker in JPEG_START_OF_FRAME:
            height, width = unpack_from(">HH", data, position + 3)
            return width, height
        position += unpack_from(">H", data, position)[0]


def _webp_size(data: bytes) -> tuple[int, int]:
    chunk = data[12:16]
    if chunk == b"VP8X":
        return 1 + _uint24(data, 24), 1 + _uint24(data, 27)
    if chunk == b"VP8L":
        bits = unpack_from("<I", data, 21)[0]
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if chunk == b"VP8 ":
        width, height = unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    raise ValueError("no picture chunk")


def _uint24(data: bytes, offset: int) -> int:
    return int(unpack_from("<HB", data, offset)[0]) | data[offset + 2] << 16
