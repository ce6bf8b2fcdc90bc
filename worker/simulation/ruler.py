"""Measuring the version that answers on pictures that nobody hands in."""

from collections.abc import Sequence

import numpy as np

from classifier.detector.detector import Detector, Finding
from classifier.training.dataset import read_pixels
from classifier.training.metrics import Judged, auroc, balanced_accuracy, false_accusation_rate
from classifier.training.progress import Progress
from worker.simulation.stream import Stream

FIGURES = {
    "balanced_accuracy": balanced_accuracy,
    "auroc": auroc,
    "false_accusation_rate": false_accusation_rate,
}
Measured = dict[str, dict[str, float]]


class Ruler:
    """Looks at each test picture once for each network; new heads read what was kept."""

    def __init__(self, stream: Stream, progress: Progress) -> None:
        self._tests, self._progress = stream.tests, progress
        self._seen: dict[tuple[str, str], Sequence[Finding]] = {}

    def measure(self, detector: Detector) -> Measured:
        """Return the figures of each test set, accuracy at a probability of one half."""
        return {name: self._figures(name, detector) for name in self._tests}

    def _figures(self, name: str, detector: Detector) -> dict[str, float]:
        scores = [
            detector.score(
                seen.embedding, disagreement=seen.disagreement, short_side=seen.short_side
            )
            for seen in self._findings(name, detector)
        ]
        judged = Judged.of(
            np.array([score.probability_ai for score in scores]),
            [entry.label for entry in self._tests[name]],
            [score.verdict for score in scores],
        )
        return {figure: round(of(judged), 6) for figure, of in FIGURES.items()}

    def _findings(self, name: str, detector: Detector) -> Sequence[Finding]:
        key = (name, detector.bundle.backbone_digest)
        if key not in self._seen:
            entries, found = self._tests[name], []
            for done, entry in enumerate(entries):
                self._progress(done / len(entries), f"looking at {len(entries)} of {name}")
                found.append(detector.look(read_pixels(entry)))
            self._seen[key] = found
        return self._seen[key]
