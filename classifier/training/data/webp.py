"""How strongly a lossy WebP file was quantised, read from its frame header (RFC 6386)."""

import struct
from collections.abc import Iterator

CHUNKS_BEGIN = 12
LOSSY = b"VP8 "
FRAME_HEADER = 10  # bytes before the part that is coded bit by bit: tag, start code, size
STRONGEST = 127


def webp_quality(data: bytes) -> int | None:
    """Return 0 (strongest quantiser) to 100 (none); None where the file is lossless.

    It rises with the quality that was asked for, and is not the same number. Raises ValueError
    where the header is broken.
    """
    for name, start, size in _chunks(data):
        if name == LOSSY:
            index = _quantiser(_Bits(data[start + FRAME_HEADER : start + size]))
            return round(100 * (1 - index / STRONGEST))
    return None


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield the name, start and length of each chunk; lengths are padded to even numbers."""
    position = CHUNKS_BEGIN
    while position + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, position)
        yield name, position + 8, size
        position += 8 + size + size % 2


def _quantiser(bits: "_Bits") -> int:
    """Read on to the base index of the quantiser, 0 to 127."""
    bits.read(2)  # colour space, clamping
    if bits.read(1):
        _pass_segments(bits)
    bits.read(1 + 6 + 3)  # the loop filter's type, level, sharpness
    if bits.read(1) and bits.read(1):
        _pass_optional(bits, 8, 6 + 1)  # its deltas
    bits.read(2)  # partitions
    return bits.read(7)


def _pass_segments(bits: "_Bits") -> None:
    new_map, new_data = bits.read(1), bits.read(1)
    if new_data:
        bits.read(1)  # absolute or relative
        _pass_optional(bits, 4, 7 + 1)  # quantisers
        _pass_optional(bits, 4, 6 + 1)  # filter levels
    if new_map:
        _pass_optional(bits, 3, 8)  # probabilities


def _pass_optional(bits: "_Bits", count: int, width: int) -> None:
    for _ in range(count):
        if bits.read(1):
            bits.read(width)


class _Bits:
    """The arithmetic decoder of the format, for bits that are as likely 0 as 1."""

    def __init__(self, data: bytes) -> None:
        if len(data) < 2:
            raise ValueError("the frame header ends too early")
        self._rest = iter(data[2:])
        self._value = data[0] << 8 | data[1]
        self._range, self._shifted = 255, 0

    def read(self, count: int) -> int:
        """Return the next ``count`` bits as a number, the first one the highest."""
        number = 0
        for _ in range(count):
            number = number << 1 | self._bit()
        return number

    def _bit(self) -> int:
        split = 1 + ((self._range - 1) * 128 >> 8)
        bit = int(self._value >= split << 8)
        if bit:
            self._range -= split
            self._value -= split << 8
        else:
            self._range = split
        while self._range < 128:
            self._value <<= 1
            self._range <<= 1
            self._shifted += 1
            if self._shifted == 8:
                self._shifted = 0
                self._value |= next(self._rest, 0)
        return bit
