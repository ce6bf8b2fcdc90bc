"""Embeddings of a whole manifest in several tiers, kept on disk and never computed twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from classifier.detector.bundle import Bundle
from classifier.detector.decision import Head
from classifier.detector.decoding import Pixels
from classifier.detector.doubt import disagreement_of
from classifier.detector.embedder import Embedder, mean_over
from classifier.training.dataset import read_pixels
from classifier.training.manifest import Entry
from classifier.training.parallel import in_threads
from classifier.training.progress import Progress, part
from classifier.training.tiers import EVERY_TIER

Seen = tuple[npt.NDArray[np.float32], float | None, int]
Tensors = dict[str, npt.NDArray[Any]]

COLUMNS = ("embeddings", "disagreements", "short_sides")

BLOCK = 256  # pictures in one file: what an interruption can cost


@dataclass(frozen=True)
class Stored:
    """What a backbone sees in N pictures in T tiers.

    ``embeddings`` (N, T, D) are in half precision, as in a replay set. ``disagreements`` (N, T)
    tell how far the crops' logits spread under the bundle's own head, NaN for a single crop;
    ``short_sides`` (N, T) are pixels.
    """

    entries: Sequence[Entry]
    tiers: Sequence[str]
    embeddings: npt.NDArray[np.float16]
    disagreements: npt.NDArray[np.float32]
    short_sides: npt.NDArray[np.int32]

    def column(self, tier: str) -> int:
        """Return the place of a tier. Raises ValueError where it is not stored."""
        return list(self.tiers).index(tier)


def stored_embeddings(
    bundle: Bundle,
    entries: Sequence[Entry],
    tiers: Sequence[str],
    cache: Path,
    *,
    threads: int = 1,
    progress: Progress,
) -> Stored:
    """Embed what ``cache`` does not hold yet. Raises KeyError for a tier, ManifestError."""
    embedder = Embedder(bundle.backbone, bundle.preprocessing, threads=1)
    head = bundle.head()
    degraders = [EVERY_TIER[tier] for tier in tiers]

    def embed(entry: Entry) -> list[Seen]:
        pixels = read_pixels(entry)
        return [_see(embedder, head, degrade(pixels)) for degrade in degraders]

    blocks: list[Tensors] = []
    for start in range(0, len(entries), BLOCK):
        block = entries[start : start + BLOCK]
        path = cache / f"embeddings-{_key(bundle, block, tiers)}.safetensors"
        known = _load(path)
        if known is None:
            done = part(progress, start / len(entries), (start + len(block)) / len(entries))
            what = f"block {start // BLOCK + 1} of {-(-len(entries) // BLOCK)}: embedded"
            rows = in_threads(embed, block, threads=threads, progress=done, what=what)
            known = _tensors(list(rows))
            save_tensors(known, path)
        blocks.append(known)
    whole = {name: np.concatenate([block[name] for block in blocks]) for name in COLUMNS}
    return Stored(entries, tiers, **whole)


def _see(embedder: Embedder, head: Head, pixels: Pixels) -> Seen:
    views = embedder.embed_views(pixels)
    return mean_over(views), disagreement_of(head.logits(views)), min(pixels.shape[:2])


def _tensors(rows: Sequence[Sequence[Seen]]) -> Tensors:
    columns = [np.array([[seen[place] for seen in row] for row in rows]) for place in (0, 1, 2)]
    kinds = (np.float16, np.float32, np.int32)
    return {
        name: column.astype(kind)
        for name, column, kind in zip(COLUMNS, columns, kinds, strict=True)
    }


def _key(bundle: Bundle, block: Sequence[Entry], tiers: Sequence[str]) -> str:
    """Name the network, its crops, the tiers and the files with their sizes."""
    digest = sha256(f"{bundle.backbone_digest} {bundle.preprocessing} {tiers}".encode())
    for entry in block:
        size = entry.path.stat().st_size if entry.path.is_file() else -1
        digest.update(f"\n{entry.path.resolve()} {size}".encode())
    return digest.hexdigest()[:20]


def save_tensors(tensors: Mapping[str, npt.NDArray[Any]], path: Path) -> None:
    """Write beside and rename."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".partial")
    save_file(dict(tensors), beside)
    beside.replace(path)


def _load(path: Path) -> Tensors | None:
    try:
        tensors = load_file(path)
    except (OSError, SafetensorError):
        return None
    return tensors if set(tensors) == set(COLUMNS) else None
