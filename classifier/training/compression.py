"""Making a learned network small: fewer neurons before it is exported."""

from collections.abc import Sequence

import numpy as np

from classifier.detector.decoding import Pixels
from classifier.detector.preprocessing import crop_corners, cut
from classifier.training.augmentation import training_crop
from classifier.training.clip import ClipBackbone
from classifier.training.config import Compression, TrainingConfig
from classifier.training.config_file import ConfigError
from classifier.training.dataset import read_pixels
from classifier.training.manifest import Entry
from classifier.training.network import Network
from classifier.training.progress import Progress, silent
from classifier.training.pruning import prune
from classifier.training.smoothing import smooth

PICTURES, SMOOTHED = 480, 64


def compress(
    network: Network, entries: Sequence[Entry], config: TrainingConfig, progress: Progress = silent
) -> dict[str, object]:
    """Take neurons out as ``config.compression`` says, and make the rest fit for 8 bits.

    Returns what was lost, for the lineage.
    Raises ManifestError for a lost picture.
    """
    if config.compression == Compression(embedding=config.compression.embedding):
        return {}
    assert isinstance(network.backbone, ClipBackbone)
    keep, made = config.compression.neurons, {}
    crops = typical_crops(entries, config)
    if keep < 1:
        lost = prune(network.backbone, crops, keep=keep, progress=progress)
        made = {"neurons_kept": keep, "lost_of_each_block": [round(share, 4) for share in lost]}
    if config.compression.weights == "int8":
        progress(1.0, "evening out channels")
        smooth(network.backbone, crops[:SMOOTHED])
    return made


def check_compression(config: TrainingConfig) -> None:
    """Raise ConfigError where the network cannot be made as small as the config wants."""
    if config.epochs and config.compression.embedding:
        raise ConfigError(
            "Only a network that is not trained gets a shorter embedding: leave "
            "`compression.embedding` at 0, or set `epochs` to 0."
        )
    if config.network != "clip-b16" and config.compression != Compression():
        raise ConfigError(
            f"Only clip-b16 can be compressed: with {config.network} leave `compression` as it is."
        )


def typical_crops(entries: Sequence[Entry], config: TrainingConfig) -> Pixels:
    """Return crops (n, crop, crop, 3) of pictures to learn from, each other one degraded."""
    learning = [entry for entry in entries if entry.split == "train"]
    rng = np.random.default_rng(config.seed)
    drawn = rng.choice(len(learning), min(PICTURES, len(learning)), replace=False)
    side = config.preprocessing.crop
    crops = []
    for turn, row in enumerate(drawn):
        pixels = read_pixels(learning[row])
        if turn % 2:
            crops.append(training_crop(pixels, side, config.degradation, rng))
        else:
            ((top, left),) = crop_corners(pixels.shape[0], pixels.shape[1], side, 1)
            crops.append(cut(pixels, top, left, side))
    return np.stack(crops)
