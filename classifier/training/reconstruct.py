"""Fakes aligned with human pictures: the same content and size, and a decoder's traces."""

import csv
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from classifier.detector.decoding import Pixels
from classifier.training.autoencoder import (
    MULTIPLE,
    Autoencoder,
    load_autoencoder,
    reconstruct,
)
from classifier.training.dataset import middle, read_pixels
from classifier.training.manifest import Entry, ManifestError
from classifier.training.progress import Progress
from classifier.vocabulary import Label

TABLE = "manifest.csv"
COLUMNS = (
    "path", "label", "source", "generator", "group", "split", "parent", "top", "left",
)  # fmt: skip
GENERATOR = "reconstruction"
# A smaller piece holds no crop worth learning from.
LEAST_SIDE = 64


@dataclass(frozen=True)
class Tile:
    """A piece of a picture: sides are multiples of 8."""

    top: int
    left: int
    height: int
    width: int

    def of(self, pixels: Pixels) -> Pixels:
        return pixels[self.top : self.top + self.height, self.left : self.left + self.width]


def make_reconstructions(
    entries: Iterable[Entry],
    autoencoder: Path,
    out: Path,
    *,
    tile: int,
    threads: int,
    bfloat16: bool,
    progress: Progress,
) -> Path:
    """Write ``out/*.png`` and ``out/manifest.csv`` and return the latter.

    One piece of at most ``tile`` pixels square of each human picture of the split ``train``, always
    the same one. Pictures that are there already are not made again. Raises ManifestError,
    AutoencoderUnusable.
    """
    parents = [entry for entry in entries if entry.split == "train" and entry.label is Label.HUMAN]
    if not parents:
        raise ManifestError("There is no human picture in the split train.")
    network = load_autoencoder(autoencoder)
    out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)  # the pictures themselves are worked on side by side

    def one(entry: Entry) -> dict[str, object] | None:
        return _reconstruction(entry, network, out, tile, bfloat16=bfloat16)

    with ThreadPoolExecutor(threads) as pool:
        rows = list(_counted(pool.map(one, parents), len(parents), progress))
    return _write_table(out / TABLE, [row for row in rows if row])


def choose_tile(pixels: Pixels, tile: int, key: str) -> Tile | None:
    """Return the piece that a picture's digest chooses; None where it is too small for one."""
    height, width = (min(side, tile) // MULTIPLE * MULTIPLE for side in pixels.shape[:2])
    if min(height, width) < LEAST_SIDE:
        return None
    rng = np.random.default_rng(int(key[:16], 16))
    top = int(rng.integers(pixels.shape[0] - height + 1))
    left = int(rng.integers(pixels.shape[1] - width + 1))
    return Tile(top, left, height, width)


def _reconstruction(
    entry: Entry, network: Autoencoder, out: Path, tile: int, *, bfloat16: bool
) -> dict[str, object] | None:
    pixels = middle(read_pixels(entry))
    parent = sha256(entry.path.read_bytes()).hexdigest()
    piece = choose_tile(pixels, tile, parent)
    if piece is None:
        return None
    path = out / f"{parent[:16]}-{tile}.png"
    if not path.is_file():
        _save(path, reconstruct(network, piece.of(pixels), bfloat16=bfloat16))
    return {
        "path": path.name,
        "label": Label.AI.value,
        "source": entry.source,
        "generator": GENERATOR,
        "group": entry.group,
        "split": entry.split,
        "parent": parent,
        "top": piece.top,
        "left": piece.left,
    }


def _save(path: Path, pixels: Pixels) -> None:
    beside = path.with_suffix(".partial")
    Image.fromarray(pixels).save(beside, "PNG")
    beside.replace(path)


def _counted(
    rows: Iterator[dict[str, object] | None], total: int, progress: Progress
) -> Iterator[dict[str, object] | None]:
    for number, row in enumerate(rows, 1):
        if number % 50 == 0 or number == total:
            progress(number / total, f"reconstructed {number} of {total}")
        yield row


def _write_table(path: Path, rows: Iterable[dict[str, object]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path
