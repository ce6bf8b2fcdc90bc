"""The parts of a JPEG, PNG or WebP file, by the structure of the file itself.

Nothing is searched for: each part says where the next one begins, up to the part that ends the
picture. What lies behind that end belongs to no picture and is never looked at.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from struct import unpack_from

from classifier.detector.headers import (
    JPEG_END_OF_IMAGE,
    JPEG_END_OF_SCAN,
    JPEG_START_OF_SCAN,
    JPEG_WITHOUT_LENGTH,
    sniff,
)

MAX_PARTS = 65_536  # a file of 20 MB could hold two million; encoders write a few thousand
JPEG_FILL = re.compile(rb"\xff+")
FIRST_CHUNK = {"PNG": 8, "WEBP": 12}


class NotWhole(ValueError):
    """The file's structure breaks before the picture's end."""


@dataclass(frozen=True)
class Part:
    """``name`` is a chunk's type, or ``APP1`` and the like; ``data`` excludes the framing."""

    name: str
    data: memoryview


@dataclass(frozen=True)
class Container:
    """``kind`` is ``JPEG``, ``PNG`` or ``WEBP``; ``end`` is the first byte behind the picture."""

    kind: str
    parts: tuple[Part, ...]
    end: int


def open_container(data: bytes) -> Container:
    """Walk the file. Raises NotWhole where it is none of the three kinds, or broken."""
    kind = sniff(data)
    if kind is None:
        raise NotWhole("not a JPEG, PNG or WebP file")
    walk = {"JPEG": _segments, "PNG": _png_chunks, "WEBP": _riff_chunks}[kind]
    try:
        steps = list(islice(walk(memoryview(data)), MAX_PARTS + 1))
    except (struct.error, IndexError) as error:
        raise NotWhole("the file ends too early") from error
    if not 0 < len(steps) <= MAX_PARTS:
        raise NotWhole("more parts than any encoder writes, or none")
    return Container(kind, tuple(part for part, _ in steps if part), end=steps[-1][1])


Step = tuple[Part | None, int]  # a part, if it is one that can carry metadata, and where it ends


def _segments(data: memoryview) -> Iterator[Step]:
    position = 2
    while True:
        fill = JPEG_FILL.match(data, position)
        if fill is None:
            raise NotWhole("a marker was expected")
        marker = data[fill.end()]
        position = fill.end() + 1
        if marker == JPEG_END_OF_IMAGE:
            yield None, position
            return
        if marker in JPEG_WITHOUT_LENGTH:
            yield None, position
            continue
        length = unpack_from(">H", data, position)[0]
        body = _slice(data, position + 2, length - 2)
        position += length
        if marker == JPEG_START_OF_SCAN:
            position = _end_of_scan(data, position)
        yield (Part(f"APP{marker - 0xE0}", body) if 0xE0 <= marker <= 0xEF else None), position


def _end_of_scan(data: memoryview, position: int) -> int:
    marker = JPEG_END_OF_SCAN.search(data, position)
    if marker is None:
        raise NotWhole("a scan without an end")
    return marker.start()


def _png_chunks(data: memoryview) -> Iterator[Step]:
    position = FIRST_CHUNK["PNG"]
    while True:
        length, name = unpack_from(">I4s", data, position)
        body = _slice(data, position + 8, length)
        checksum = unpack_from(">I", data, position + 8 + length)[0]
        position += length + 12
        if name == b"IEND":
            yield None, position
            return
        yield (_checked(name, body, checksum) if name not in PIXELS else None), position


PIXELS = frozenset({b"IHDR", b"PLTE", b"IDAT", b"fdAT"})


def _checked(name: bytes, body: memoryview, checksum: int) -> Part | None:
    """A chunk whose checksum is wrong is left out, as every reader of PNG files does."""
    if zlib.crc32(body, zlib.crc32(name)) != checksum:
        return None
    return Part(name.decode("latin-1"), body)


def _riff_chunks(data: memoryview) -> Iterator[Step]:
    size = unpack_from("<I", data, 4)[0]
    end = 8 + size
    if end > len(data):
        raise NotWhole("the file is shorter than it says")
    position = FIRST_CHUNK["WEBP"]
    while position + 8 <= end:
        name, length = unpack_from("<4sI", data, position)
        body = _slice(data[:end], position + 8, length)
        position += 8 + length + length % 2
        yield Part(name.decode("latin-1"), body), end


def _slice(data: memoryview, start: int, length: int) -> memoryview:
    if length < 0 or start + length > len(data):
        raise NotWhole("a part is longer than the file")
    return data[start : start + length]
