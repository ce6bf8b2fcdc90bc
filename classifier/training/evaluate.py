"""Measure a finished bundle on labelled pictures, in one tier or several."""

from collections.abc import Sequence

import numpy as np

from classifier.detector.detector import Detector
from classifier.training.dataset import read_pixels
from classifier.training.manifest import Entry
from classifier.training.metrics import Metrics, measure
from classifier.training.progress import Progress
from classifier.training.tiers import TIERS


def evaluate(
    detector: Detector, entries: Sequence[Entry], tiers: Sequence[str], progress: Progress
) -> dict[str, Metrics]:
    """Return the figures of each tier. Raises KeyError for an unknown tier, ManifestError."""
    degraders = {tier: TIERS[tier] for tier in tiers}
    labels = [entry.label for entry in entries]
    generators = [entry.generator for entry in entries]
    figures = {}
    for place, (tier, degrade) in enumerate(degraders.items()):
        scores = []
        for index, entry in enumerate(entries):
            pixels = degrade(read_pixels(entry))
            scores.append(detector.score(detector.embed(pixels)))
            if index % 50 == 0:
                done = (place + index / len(entries)) / len(tiers)
                progress(done, f"{tier}: {index} of {len(entries)}")
        figures[tier] = measure(
            np.array([score.probability_ai for score in scores]),
            labels,
            [score.verdict for score in scores],
            generators,
        )
    return figures
