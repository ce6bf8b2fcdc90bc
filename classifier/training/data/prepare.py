"""From a list of labelled files to what may be learned from, with a report of what was found."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import numpy.typing as npt

from classifier.detector.bundle import Bundle
from classifier.detector.decoding import decode
from classifier.detector.embedder import Embedder
from classifier.training.augmentation import Degradation
from classifier.training.data.bias import Bias, measure_bias
from classifier.training.data.care import Care
from classifier.training.data.entry import Entry, ManifestError
from classifier.training.data.look import LeftOut, Look, look_at_all, squashed
from classifier.training.data.splits import KeptApart, keep_apart, refuse_conflicts
from classifier.training.data.summary import Crops
from classifier.training.data.twins import Embed, find_twins
from classifier.training.progress import Progress, part, silent


@dataclass(frozen=True)
class Dataset:
    """Pictures that can be read, each family of twins in one split, and what was found out."""

    entries: Sequence[Entry]
    digest: str
    left_out: Sequence[LeftOut]
    apart: KeptApart
    bias: Bias

    def counts(self) -> dict[str, dict[str, int]]:
        """Return how many pictures of each label each split has."""
        counts = Counter((entry.split, entry.label) for entry in self.entries)
        splits = sorted({split for split, _ in counts})
        return {s: {str(k): n for (of, k), n in sorted(counts.items()) if of == s} for s in splits}


def prepare(
    entries: Sequence[Entry],
    *,
    care: Care | None = None,
    crops: Crops,
    how: Degradation,
    embed: Embed | None = None,
    threads: int = 2,
    progress: Progress = silent,
) -> Dataset:
    """Look at every picture, keep twins apart from splits, and measure the bias.

    ``crops`` and ``how`` are those of the training to come; ``embed`` (see
    :func:`whole_embedder`) finds cropped copies. Raises ManifestError with the codes
    ``manifest_unusable`` (nothing is left, or a broken picture with ``strict``),
    ``conflicting_labels`` and ``biased``.
    """
    care = care or Care()
    looks, left_out = look_at_all(
        entries, strict=care.strict, threads=threads, progress=part(progress, 0.0, 0.7)
    )
    if not looks:
        raise ManifestError("None of the pictures can be read.")
    refuse_conflicts(looks)
    progress(0.7, f"looking for pictures that are nearly the same among {len(looks)}")
    apart = keep_apart(looks, find_twins(looks, embed if care.cropped_twins else None))
    progress(0.9, "measuring what the files give away")
    bias = measure_bias(apart.looks, crops=crops, how=how, on_bias=care.on_bias)
    return Dataset(
        entries=[look.entry for look in apart.looks],
        digest=digest_of(apart.looks),
        left_out=left_out,
        apart=apart,
        bias=bias,
    )


def digest_of(looks: Sequence[Look]) -> str:
    """Return a sha256 over pictures, labels and splits; names and order do not matter."""
    lines = sorted(f"{look.sha256} {look.entry.label} {look.entry.split}\n" for look in looks)
    return sha256("".join(lines).encode()).hexdigest()


def whole_embedder(bundle: Bundle, *, threads: int) -> Embed:
    """Return what embeds whole pictures with a bundle's backbone.

    Each is squashed to one crop, so that what was cut away weighs little.
    """
    embedder = Embedder(bundle.backbone, bundle.preprocessing, threads=threads)

    def embed(looks: Sequence[Look]) -> npt.NDArray[np.floating]:
        wholes = (_whole(look.entry.path, bundle.preprocessing.crop) for look in looks)
        return np.concatenate([embedder.embed_crops(whole) for whole in wholes])

    return embed


def _whole(path: Path, side: int) -> npt.NDArray[np.uint8]:
    return squashed(decode(path.read_bytes()), side)[np.newaxis]
