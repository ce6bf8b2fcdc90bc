"""Knowing copies of a picture by what is stored of it: a small grey copy and an embedding.

Like :mod:`classifier.training.data.twins`, but without a file: what serving kept of each picture
has to do. Beside whole pictures, parts of one are compared with the whole of the other, which
finds cropped copies; docs/labels.md has the figures.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np
import numpy.typing as npt

from classifier.detector.fingerprint import SIDE, Grey
from classifier.detector.polarity import BoolArray, FloatArray
from classifier.training.data.twins import (
    MAYBE_BITS,
    TWIN_BITS,
    TWIN_COSINE,
    Hashes,
    hashes_of,
    have_shape,
)

SMALL = 32  # pixels a side of what is hashed
PART_BITS = 24  # a part that differs in so few bits is the other picture; one in 60,000 is not
PARTS = ((0.80, 5), (0.90, 3))  # how large a part is, and in how many places of each direction
BLOCK = 1024  # rows compared at a time

Small = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Prints:
    """What is stored of N pictures: grey copies (N, SIDE, SIDE) and embeddings (N, D).

    A row of NaN stands for an embedding that is not there.
    """

    greys: Grey
    embeddings: FloatArray

    def __post_init__(self) -> None:
        if len(self.greys) != len(self.embeddings):
            raise ValueError("there must be one embedding for each grey copy")
        if self.greys.shape[1:] != (SIDE, SIDE):
            raise ValueError(f"grey copies must have {SIDE} pixels a side")


@dataclass
class _Apart:
    """How few bits lie between two pictures, wherever that is few; rows in ascending order."""

    bits: dict[tuple[int, int], int] = field(default_factory=dict)

    def note(self, left: Sequence[int], right: Sequence[int], pairs: "Iterator[_Near]") -> None:
        for row, column, bits in pairs:
            first, second = sorted((left[row], right[column]))
            if first != second:
                known = self.bits.get((first, second), MAYBE_BITS)
                self.bits[first, second] = min(bits, known)


_Near = tuple[int, int, int]


def find_copies(prints: Prints, measures: BoolArray) -> list[tuple[int, int]]:
    """Return every pair of rows, (smaller, larger), that show one picture.

    Recompressed, resized and mirrored copies are found among all rows, cropped ones where one of
    the two ``measures`` (N,). Pictures with no shape, as plain colours, are copies of nothing.
    """
    rows = np.flatnonzero(have_shape(_whole(prints.greys))).tolist()
    measuring = [row for row in rows if measures[row]]
    whole, parts = _Apart(), _Apart()
    _compare_wholes(prints.greys, rows, whole)
    _compare_parts(prints.greys, measuring, rows, parts)
    _compare_parts(prints.greys, [row for row in rows if not measures[row]], measuring, parts)
    sure = {pair for pair, bits in whole.bits.items() if bits <= TWIN_BITS}
    sure |= {pair for pair, bits in parts.bits.items() if bits <= PART_BITS}
    maybe = (whole.bits.keys() | parts.bits.keys()) - sure
    return sorted(sure | set(_agreeing(prints.embeddings, sorted(maybe))))


def _compare_wholes(greys: Grey, rows: Sequence[int], apart: _Apart) -> None:
    small = _whole(greys[rows])
    hashes = hashes_of(small)
    for others in (hashes, hashes_of(small[:, :, ::-1])):
        apart.note(rows, rows, _near(hashes, others))


def _compare_parts(
    greys: Grey, larger: Sequence[int], smaller: Sequence[int], apart: _Apart
) -> None:
    """Compare parts of the ``larger`` rows with the whole of the ``smaller`` ones."""
    if not larger or not smaller:
        return
    small = _whole(greys[smaller])
    turned = (hashes_of(small), hashes_of(small[:, :, ::-1]))
    for side, places in PARTS:
        starts = np.linspace(0.0, 1.0 - side, places)
        for top, left in product(starts, starts):
            hashes = hashes_of(_part(greys[larger], top, left, side))
            for others in turned:
                apart.note(larger, smaller, _near(hashes, others))


def _near(left: Hashes, right: Hashes) -> Iterator[_Near]:
    """Yield (i, j, bits) wherever ``left[i]`` and ``right[j]`` differ in MAYBE_BITS or fewer."""
    for start in range(0, len(left), BLOCK):
        rows = left[start : start + BLOCK]
        apart = np.bitwise_count(rows[:, None, 0] ^ right[None, :, 0])
        apart += np.bitwise_count(rows[:, None, 1] ^ right[None, :, 1])
        for row, column in np.argwhere(apart <= MAYBE_BITS):
            yield start + int(row), int(column), int(apart[row, column])


def _agreeing(
    embeddings: FloatArray, pairs: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """Those pairs whose embeddings are there and near."""
    for first, second in pairs:
        a, b = embeddings[first].astype(np.float64), embeddings[second].astype(np.float64)
        lengths = np.linalg.norm(a) * np.linalg.norm(b)
        if lengths > 0 and a @ b >= TWIN_COSINE * lengths:
            yield first, second


def _whole(greys: Grey) -> Small:
    return _part(greys, 0.0, 0.0, 1.0)


def _part(greys: Grey, top: float, left: float, side: float) -> Small:
    """Return a square part of each picture, given in shares of its sides, as (N, SMALL, SMALL)."""
    return np.asarray(_cells(top, side) @ greys.astype(np.float32) @ _cells(left, side).T)


def _cells(start: float, length: float) -> Small:
    """Rows average the pixels of one of SMALL equal cells of a stretch, (SMALL, SIDE)."""
    edges = np.linspace(start * SIDE, (start + length) * SIDE, SMALL + 1)
    pixels = np.arange(SIDE)
    inside = np.minimum(pixels + 1, edges[1:, None]) - np.maximum(pixels, edges[:-1, None])
    return (np.clip(inside, 0, None) * SMALL / (length * SIDE)).astype(np.float32)
