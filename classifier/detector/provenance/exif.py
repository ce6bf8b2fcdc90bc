"""The few EXIF fields that tell where a picture comes from. Where it was taken is not among them.

Pillow would read all fields at once, and each may claim the whole block as its value; here only
the fields named below are read, each to a bounded length, and their places cannot form a loop.
"""

import struct
from enum import IntEnum
from struct import unpack_from

MAX_FIELDS = 512  # of one directory; cameras write some sixty
MAX_VALUE = 256_000  # bytes; generators put whole workflows into a field


class Tag(IntEnum):
    """Artist, copyright, serial numbers and GPS are left out on purpose."""

    DESCRIPTION = 0x010E
    MAKE = 0x010F
    MODEL = 0x0110
    SOFTWARE = 0x0131
    EXPOSURE_TIME = 0x829A
    F_NUMBER = 0x829D
    EXIF_DIRECTORY = 0x8769
    SENSITIVITY = 0x8827
    MAKER_NOTE = 0x927C
    USER_COMMENT = 0x9286


FIRST_DIRECTORY = {Tag.DESCRIPTION, Tag.MAKE, Tag.MODEL, Tag.SOFTWARE, Tag.EXIF_DIRECTORY}
SECOND_DIRECTORY = {
    Tag.EXPOSURE_TIME,
    Tag.F_NUMBER,
    Tag.SENSITIVITY,
    Tag.MAKER_NOTE,
    Tag.USER_COMMENT,
}
# Bytes of one value of each TIFF type: byte, ASCII, short, long, rational, and undefined.
WIDTHS = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1}
ENCODINGS = {b"ASCII\x00\x00\x00": "ascii", b"\x00" * 8: "utf-8"}

Fields = dict[Tag, bytes]  # raw values, without their type


def read_exif(block: bytes) -> dict[Tag, str]:
    """Return the texts of the fields that are there; of numbers only that they are there.

    ``block`` begins with the TIFF header. What is broken is left out.
    """
    order = {b"II*\x00": "<", b"MM\x00*": ">"}.get(block[:4])
    if order is None:
        return {}
    try:
        fields = _directory(block, order, unpack_from(f"{order}I", block, 4)[0], FIRST_DIRECTORY)
        pointer = fields.pop(Tag.EXIF_DIRECTORY, None)
        if pointer is not None:
            second = unpack_from(f"{order}I", pointer)[0]
            fields |= _directory(block, order, second, SECOND_DIRECTORY)
    except struct.error:
        return {}
    return {tag: _text(tag, value, order) for tag, value in fields.items()}


def _directory(block: bytes, order: str, start: int, wanted: set[Tag]) -> Fields:
    if start + 2 > len(block):
        return {}
    count = min(unpack_from(f"{order}H", block, start)[0], MAX_FIELDS)
    fields: Fields = {}
    for place in range(start + 2, min(start + 2 + 12 * count, len(block) - 11), 12):
        tag, kind, number = unpack_from(f"{order}HHI", block, place)
        if tag in wanted and tag not in fields:
            value = _value(block, order, place + 8, WIDTHS.get(kind, 0) * number)
            if value:
                fields[Tag(tag)] = value
    return fields


def _value(block: bytes, order: str, place: int, size: int) -> bytes:
    """Up to four bytes stand in the directory itself, more stand where it points to."""
    if not 0 < size <= MAX_VALUE:
        return b""
    start = place if size <= 4 else unpack_from(f"{order}I", block, place)[0]
    value = block[start : start + size]
    return value if len(value) == size else b""


def _text(tag: Tag, value: bytes, order: str) -> str:
    if tag is Tag.USER_COMMENT:
        return _comment(value, order)
    if tag is Tag.SENSITIVITY:
        return str(unpack_from(f"{order}H", value)[0]) if len(value) >= 2 else ""
    if tag in (Tag.EXPOSURE_TIME, Tag.F_NUMBER):
        return _ratio(value, order)
    return value.partition(b"\x00")[0].decode("utf-8", "replace").strip()


def _ratio(value: bytes, order: str) -> str:
    """A fraction above zero as ``1/125`` or ``5.6``; else nothing."""
    if len(value) < 8:
        return ""
    above, below = unpack_from(f"{order}II", value)
    if not above or not below:
        return ""
    return f"1/{round(below / above)}" if above < below else f"{above / below:.3g}"


def _comment(value: bytes, order: str) -> str:
    """A user comment names its encoding in its first eight bytes."""
    mark, body = value[:8], value[8:]
    if mark == b"UNICODE\x00":
        return _wide(body, order)
    encoding = ENCODINGS.get(mark)
    return (body if encoding else value).decode(encoding or "utf-8", "replace").strip("\x00 ")


def _wide(body: bytes, order: str) -> str:
    """UTF-16, which half of the programs write in the other byte order than they announce.

    These texts begin with a Latin letter or a brace nearly always, so its zero byte tells.
    """
    if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return body.decode("utf-16", "replace").strip("\x00 ")
    big = order == ">"
    if b"\x00" in body[:2]:
        big = body[:1] == b"\x00"
    return body.decode("utf-16-be" if big else "utf-16-le", "replace").strip("\x00 ")
