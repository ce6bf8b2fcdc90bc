"""Finding pictures that are the same one, or nearly: recompressed, rescaled, mirrored, cropped.

Two 64-bit hashes of a small grey copy say how far two pictures are apart, in bits of 128. Near
enough, they are twins. A little further apart, as a crop is, an embedding has to agree. The
limits come from the lab data; docs/data.md has the figures.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from classifier.detector.polarity import BoolArray
from classifier.training.data.look import Look

Grey = npt.NDArray[np.uint8]
# Some (32, 32) grey thumbnails, or all of them in one array (N, 32, 32).
Thumbnails = Sequence[Grey] | npt.NDArray[np.uint8] | npt.NDArray[np.float32]
Hashes = npt.NDArray[np.uint64]
# Returns the embeddings (n, D) of the pictures that are asked for.
Embed = Callable[[Sequence[Look]], npt.NDArray[np.floating]]

TWIN_BITS = 16
MAYBE_BITS = 32
TWIN_COSINE = 0.88
BLOCK = 1024  # rows compared at a time with all that follow: 50 MB for 50,000 pictures
LEAST_SHAPE = 0.25  # of the places, that brightness must change at from left to right
SAME, HASH, MIRROR, EMBEDDING = "same bytes", "hash", "mirrored", "embedding"


@dataclass(frozen=True)
class Pair:
    """Two rows that show one picture, and what told so. ``first`` is less than ``second``."""

    first: int
    second: int
    how: str


def find_twins(looks: Sequence[Look], embed: Embed | None = None) -> list[Pair]:
    """Return every pair of twins; without ``embed`` cropped copies are not looked for."""
    found: dict[tuple[int, int], str] = {}
    maybe: list[tuple[int, int]] = []
    for first, second, bits, how in _near_by_hash(looks):
        if bits <= TWIN_BITS:
            found.setdefault((first, second), how)
        else:
            maybe.append((first, second))
    if embed and (pairs := [pair for pair in maybe if pair not in found]):
        found |= dict.fromkeys(_agreeing(looks, pairs, embed), EMBEDDING)
    found |= dict.fromkeys(_same_bytes(looks), SAME)
    return [Pair(first, second, how) for (first, second), how in sorted(found.items())]


def _near_by_hash(looks: Sequence[Look]) -> Iterator[tuple[int, int, int, str]]:
    rows = [row for row, look in enumerate(looks) if has_shape(look.thumbnail)]
    hashes = hashes_of([looks[row].thumbnail for row in rows])
    mirrored = hashes_of([looks[row].thumbnail[:, ::-1] for row in rows])
    for how, others, limit in ((HASH, hashes, MAYBE_BITS), (MIRROR, mirrored, TWIN_BITS)):
        for first, second, bits in near(hashes, others, limit):
            yield rows[first], rows[second], bits, how


def has_shape(thumbnail: Grey) -> bool:
    """Whether a picture is more than a plain or a gradient, which would all look alike."""
    return bool(have_shape(thumbnail[np.newaxis])[0])


def have_shape(thumbnails: npt.NDArray[np.uint8] | npt.NDArray[np.float32]) -> BoolArray:
    """The same of each of (N, 32, 32) grey thumbnails, (N,)."""
    steps = np.diff(_averaging(8, 32) @ thumbnails @ _averaging(9, 32).T, axis=2)
    return np.asarray((np.abs(steps) >= 1.0).mean(axis=(1, 2)) >= LEAST_SHAPE)


def hashes_of(thumbnails: Thumbnails) -> Hashes:
    """Return two words for each (32, 32) grey thumbnail, (N, 2).

    The first says which of its 64 slowest cosine waves are stronger than their median, the
    second where brightness rises from left to right.
    """
    parts = [_hash_block(thumbnails[at : at + BLOCK]) for at in range(0, len(thumbnails), BLOCK)]
    return np.concatenate([np.empty((0, 2), np.uint64), *parts])


def _hash_block(thumbnails: Thumbnails) -> Hashes:
    grey = np.asarray(thumbnails, dtype=np.float32)
    waves = _cosines(8, 32)
    slow = (waves @ grey @ waves.T).reshape(len(grey), 64)
    strong = slow > np.median(slow[:, 1:], axis=1, keepdims=True)
    strong[:, 0] = False  # the mean brightness is no shape
    steps = np.diff(_averaging(8, 32) @ grey @ _averaging(9, 32).T, axis=2)
    return np.column_stack([_word(strong), _word(steps.reshape(len(grey), 64) > 0)])


def _cosines(count: int, side: int) -> npt.NDArray[np.float32]:
    """Rows are the slowest waves of the discrete cosine transform, (count, side)."""
    places = np.arange(side) + 0.5
    waves = np.cos(np.pi / side * np.outer(np.arange(count), places))
    waves[0] *= np.sqrt(0.5)
    return waves.astype(np.float32)


def _averaging(count: int, side: int) -> npt.NDArray[np.float32]:
    """Rows average ``side`` places into ``count`` cells of equal width, (count, side)."""
    edges = np.linspace(0, side, count + 1)
    places = np.arange(side)
    inside = np.minimum(places + 1, edges[1:, None]) - np.maximum(places, edges[:-1, None])
    return (np.clip(inside, 0, None) * count / side).astype(np.float32)


def _word(bits: npt.NDArray[np.bool_]) -> Hashes:
    return np.packbits(bits, axis=1).view(np.uint64)[:, 0]


def near(left: Hashes, right: Hashes, limit: int) -> Iterator[tuple[int, int, int]]:
    """Yield (i, j, bits), i < j, wherever ``left[i]`` and ``right[j]`` differ in few bits."""
    for start in range(0, len(left), BLOCK):
        rows = left[start : start + BLOCK]
        apart = np.bitwise_count(rows[:, None, 0] ^ right[None, start:, 0])
        apart += np.bitwise_count(rows[:, None, 1] ^ right[None, start:, 1])
        for row, column in np.argwhere(apart <= limit):
            if row < column:
                yield start + int(row), start + int(column), int(apart[row, column])


def _agreeing(
    looks: Sequence[Look], pairs: Sequence[tuple[int, int]], embed: Embed
) -> Iterator[tuple[int, int]]:
    asked = sorted({row for pair in pairs for row in pair})
    place = {row: index for index, row in enumerate(asked)}
    vectors = np.asarray(embed([looks[row] for row in asked]), np.float32)
    vectors = vectors / (np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9)
    for first, second in pairs:
        if vectors[place[first]] @ vectors[place[second]] >= TWIN_COSINE:
            yield first, second


def _same_bytes(looks: Sequence[Look]) -> Iterator[tuple[int, int]]:
    first_of: dict[str, int] = {}
    for row, look in enumerate(looks):
        first = first_of.setdefault(look.sha256, row)
        if first != row:
            yield first, row


def families(count: int, pairs: Sequence[Pair]) -> list[list[int]]:
    """Join rows that are twins, or twins of twins; return each family of two or more, sorted."""
    parent = list(range(count))

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    for pair in pairs:
        parent[root(pair.second)] = root(pair.first)
    members: dict[int, list[int]] = {}
    for row in range(count):
        members.setdefault(root(row), []).append(row)
    return [rows for rows in members.values() if len(rows) > 1]
