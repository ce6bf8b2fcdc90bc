"""What one way to run a network takes in a process of its own; prints JSON.

``python -m tests.benchmarks.inference.fresh graph PATH CROP``, ``… torch KIND CONFIG [CHANGE …]``
or ``… bundle PATH``. Only what the way itself needs is imported.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import psutil

from classifier.detector.decoding import Pixels

RUNS = 10
PICTURE = (768, 1024, 3)


def random_pixels(*shape: int, seed: int = 0) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def measured(load: Callable[[], Callable[[Pixels], object]], *shape: int) -> dict[str, float]:
    """Load, run ten times, and return what that took: seconds, milliseconds, megabytes."""
    began = time.process_time()
    run = load()
    loaded, spent = time.process_time() - began, []
    for seed in range(RUNS):
        pixels = random_pixels(*shape, seed=seed)
        began = time.process_time()
        run(pixels)
        spent.append(1000 * (time.process_time() - began))
    resident = psutil.Process().memory_info().rss / 1e6
    return {"load_s": loaded, "ms": median(spent), "least_ms": min(spent), "mb": resident}


def graph(path: str, crop: str) -> dict[str, float]:
    from classifier.detector.embedder import Embedder
    from classifier.detector.preprocessing import Preprocessing

    side = int(crop)
    return measured(
        lambda: Embedder(Path(path), Preprocessing(crop=side), threads=1).embed_crops,
        *(1, side, side, 3),
    )


def bundle(path: str) -> dict[str, float]:
    from classifier.detector.detector import Detector

    return measured(lambda: Detector.load(Path(path), threads=1).look, *PICTURE)


def torch(kind: str, config: str, *changes: str) -> dict[str, float]:
    from classifier.training.config_file import read_config
    from classifier.training.network import build_network
    from tests.benchmarks.inference.variants import torch_variant

    settings = read_config(Path(config), changes)
    side = settings.preprocessing.crop

    def load() -> Callable[[Pixels], object]:
        return torch_variant(kind, build_network(settings.network, settings.pretrained).backbone)

    return measured(load, *(1, side, side, 3))


if __name__ == "__main__":
    which, *rest = sys.argv[1:]
    kinds: dict[str, Callable[..., dict[str, float]]]
    kinds = {"graph": graph, "torch": torch, "bundle": bundle}
    print(json.dumps(kinds[which](*rest)))
