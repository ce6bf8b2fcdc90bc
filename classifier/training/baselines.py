"""What can be had without a detector: the larger class, the file's header, the colours.

They learn from the ``train`` split by the same logistic regression as a head does. A detector
that is no better than these has learned a shortcut.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image
from safetensors import SafetensorError
from safetensors.numpy import load_file

from classifier.detector.decoding import Pixels
from classifier.detector.polarity import ai_targets, sigmoid
from classifier.errors import PictureRefused
from classifier.training.calibrate import balanced_weights
from classifier.training.data.entry import Entry, ManifestError
from classifier.training.data.traits import Traits, traits_of
from classifier.training.dataset import read_pixels
from classifier.training.logistic import Linear, fit_logistic
from classifier.training.markdown import COLOUR, MAJORITY, METADATA
from classifier.training.parallel import in_threads
from classifier.training.progress import Progress
from classifier.training.scoring import Opinion, Scorer, View
from classifier.training.stored import save_tensors
from classifier.training.tiers import CLEAN
from classifier.vocabulary import Verdict

Features = npt.NDArray[np.float64]

VERSION = 1  # of the features: another one makes what is cached worthless
PENALTY = 1e-2
COLOURS = 6  # bins of each channel
LOOKED_AT = 128  # pixels of the long edge; colours need no more
EDGES = np.arange(128, 2049, 64)


@dataclass(frozen=True)
class Baselines:
    """``ai_share`` is that of the pictures learned from; the two others are linear."""

    ai_share: float
    metadata: Linear
    colours: Linear

    def scorers(self) -> Mapping[str, Scorer]:
        return {
            MAJORITY: lambda view: _opinion(self.ai_share),
            METADATA: self._by_metadata,
            COLOUR: lambda view: _read(self.colours, colour_features(view.pixels)),
        }

    def _by_metadata(self, view: View) -> Opinion | None:
        """Only the file as it came has a header to read."""
        if view.tier != CLEAN:
            return None
        return _read(self.metadata, metadata_features(_traits(view.entry)))


def _read(line: Linear, features: Features) -> Opinion:
    return _opinion(float(sigmoid(float(features @ line.weight) + line.bias)))


def _opinion(chance: float) -> Opinion:
    """A baseline never abstains."""
    return Opinion(chance, Verdict.AI if chance >= 0.5 else Verdict.HUMAN)


def baselines(
    entries: Sequence[Entry], cache: Path | None, *, threads: int = 1, progress: Progress
) -> Baselines:
    """Learn from the ``train`` split, or read what was learned from the same pictures before.

    Raises ManifestError where a class is missing there, or a picture cannot be read.
    """
    learning = [entry for entry in entries if entry.split == "train"]
    is_ai = ai_targets(entry.label for entry in learning)
    if not learning or is_ai.all() or not is_ai.any():
        raise ManifestError("The baselines need pictures of both classes in the split 'train'.")
    kept = cache / f"baselines-{_key(learning)}.safetensors" if cache else None
    if kept is not None and (known := _load(kept)):
        return known
    learned = _learn(learning, threads=threads, progress=progress)
    if kept is not None:
        _save(learned, kept)
    return learned


def _learn(learning: Sequence[Entry], *, threads: int, progress: Progress) -> Baselines:
    def both(entry: Entry) -> tuple[Features, Features]:
        return metadata_features(_traits(entry)), colour_features(read_pixels(entry))

    what = "learned baselines from"
    rows = list(in_threads(both, learning, threads=threads, progress=progress, what=what))
    is_ai = ai_targets(entry.label for entry in learning)
    metadata, colours = (_fit(np.array(column), is_ai) for column in zip(*rows, strict=True))
    return Baselines(float(is_ai.mean()), metadata, colours)


def _fit(features: Features, is_ai: npt.NDArray[np.bool_]) -> Linear:
    targets, weights = is_ai.astype(np.float64), balanced_weights(is_ai)
    return fit_logistic(features, targets, row_weights=weights, penalty=PENALTY)


def colour_features(pixels: Pixels) -> Features:
    """Return the square roots of the shares of 6 × 6 × 6 colours, (216,)."""
    image = Image.fromarray(pixels)
    image.thumbnail((LOOKED_AT, LOOKED_AT), Image.Resampling.BOX)
    bins = np.asarray(image).reshape(-1, 3).astype(np.intp) * COLOURS // 256
    codes = bins @ np.array([COLOURS * COLOURS, COLOURS, 1])
    return np.sqrt(np.bincount(codes, minlength=COLOURS**3) / len(codes))


def metadata_features(traits: Traits) -> Features:
    """Return what a header says: size, shape, quality, weight, container, and kinds of metadata."""
    width, height = traits.width, traits.height
    kinds = ("exif", "xmp", "icc", "iptc", "text", "c2pa")
    return np.array(
        [
            np.log(width),
            np.log(height),
            abs(np.log(width / height)),
            width == height,
            *(np.searchsorted(EDGES, max(width, height)) == np.arange(len(EDGES) + 1)),
            (traits.quality or 100) / 100,
            np.log(traits.bytes_per_pixel),
            *(traits.container == kind for kind in ("JPEG", "PNG", "WEBP")),
            traits.subsampling == "4:2:0",
            traits.progressive,
            *(kind in traits.metadata for kind in kinds),
        ],
        dtype=np.float64,
    )


def _traits(entry: Entry) -> Traits:
    try:
        return traits_of(entry.path.read_bytes())
    except (OSError, PictureRefused) as error:
        raise ManifestError(f"{entry.path} cannot be used: {error}") from error


def _key(learning: Sequence[Entry]) -> str:
    """Name the pictures learned from: their files, sizes and labels."""
    digest = sha256(f"features {VERSION}, penalty {PENALTY}".encode())
    for entry in learning:
        size = entry.path.stat().st_size if entry.path.is_file() else -1
        digest.update(f"\n{entry.path.resolve()} {size} {entry.label}".encode())
    return digest.hexdigest()[:16]


def _save(learned: Baselines, path: Path) -> None:
    tensors: dict[str, npt.NDArray[np.float64]] = {"ai_share": np.array([learned.ai_share])}
    for name, line in ((METADATA, learned.metadata), (COLOUR, learned.colours)):
        tensors[f"{name}.weight"] = np.asarray(line.weight, dtype=np.float64)
        tensors[f"{name}.bias"] = np.array([line.bias])
    save_tensors(tensors, path)


def _load(path: Path) -> Baselines | None:
    """Return None where nothing readable is kept: it is then learned anew."""
    try:
        kept = load_file(path)
        lines: list[Linear] = [
            Linear(kept[f"{name}.weight"], float(kept[f"{name}.bias"][0]))
            for name in (METADATA, COLOUR)
        ]
        return Baselines(float(kept["ai_share"][0]), *lines)
    except (OSError, SafetensorError, KeyError, IndexError):
        return None
