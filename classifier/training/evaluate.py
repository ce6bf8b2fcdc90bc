"""Measure a finished bundle on labelled pictures, in one tier or several, beside baselines."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from classifier.detector.detector import Detector
from classifier.training.figures import Judged
from classifier.training.flips import flips
from classifier.training.manifest import Entry
from classifier.training.markdown import METADATA
from classifier.training.metrics import Interval, Metrics, measure
from classifier.training.progress import Progress
from classifier.training.reliability import Curves, curves
from classifier.training.scoring import (
    Said,
    Scorer,
    Scores,
    detector_scorer,
    score_pictures,
)
from classifier.training.tiers import CLEAN

DETECTOR = "detector"
# Above this balanced accuracy of the header alone, a collection gives its classes away.
TELLTALE = 0.55


@dataclass(frozen=True)
class Evaluation:
    """All figures of one measuring, by tier; ``baselines`` by name and tier.

    ``flips`` are the shares of pictures whose verdict is ``ai`` in clean and ``human`` in the
    tier, or the other way around; ``silent`` the shares that got no answer, by reason (a picture
    can have several). ``notes`` are sentences on what was left out and why.
    """

    tiers: Mapping[str, Metrics]
    curves: Mapping[str, Curves]
    flips: Mapping[str, Interval]
    silent: Mapping[str, Mapping[str, float]]
    baselines: Mapping[str, Mapping[str, Metrics]] = field(default_factory=dict)
    notes: Sequence[str] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; each tier's flips stand among its figures."""
        return {
            "tiers": {
                tier: metrics.to_dict() | self._beside(tier) for tier, metrics in self.tiers.items()
            },
            "curves": {tier: points.to_dict() for tier, points in self.curves.items()},
            "baselines": {
                name: {tier: metrics.to_dict() for tier, metrics in measured.items()}
                for name, measured in self.baselines.items()
            },
            "notes": list(self.notes),
        }

    def _beside(self, tier: str) -> dict[str, Any]:
        flips = {"flips": asdict(self.flips[tier])} if tier in self.flips else {}
        return {**flips, "silent": dict(self.silent[tier])}


def evaluate(
    detector: Detector,
    entries: Sequence[Entry],
    tiers: Sequence[str],
    progress: Progress,
    *,
    threads: int = 1,
) -> dict[str, Metrics]:
    """Return the figures of each tier. Raises KeyError for an unknown tier, ManifestError."""
    scorers = {DETECTOR: detector_scorer(detector)}
    scores = score_pictures(scorers, entries, tiers, threads=threads, progress=progress)
    return _measured(scores, scores.said[DETECTOR])


def evaluate_fully(
    detector: Detector,
    entries: Sequence[Entry],
    tiers: Sequence[str],
    progress: Progress,
    *,
    baselines: Mapping[str, Scorer] | None = None,
    threads: int = 1,
) -> tuple[Evaluation, Scores]:
    """Return the figures of the detector and the baselines, and what they rest on.

    Raises KeyError for an unknown tier, ManifestError where no picture can be read.
    """
    scorers = {DETECTOR: detector_scorer(detector), **(baselines or {})}
    scores = score_pictures(scorers, entries, tiers, threads=threads, progress=progress)
    return summarise(scores), scores


def summarise(scores: Scores) -> Evaluation:
    """Turn what was said of the pictures into figures and curves."""
    said = scores.said[DETECTOR]
    labels = [entry.label for entry in scores.entries]
    baselines = {
        name: _measured(scores, part) for name, part in scores.said.items() if name != DETECTOR
    }
    return Evaluation(
        tiers=_measured(scores, said),
        curves={
            tier: curves(Judged.of(part.probabilities, labels, part.verdicts))
            for tier, part in said.items()
        },
        flips=flips(said, labels, _units(scores.entries)),
        silent={tier: _silent(part) for tier, part in said.items()},
        baselines=baselines,
        notes=_notes(scores, baselines),
    )


def _silent(said: Said) -> dict[str, float]:
    """Return the share of pictures that have each reason, the commonest first."""
    found = Counter(reason for reasons in said.reasons for reason in reasons)
    return {str(reason): round(n / len(said.reasons), 4) for reason, n in found.most_common()}


def _notes(scores: Scores, baselines: Mapping[str, Mapping[str, Metrics]]) -> list[str]:
    notes = []
    if scores.unreadable:
        count = len(scores.unreadable)
        notes.append(f"Left out, because they cannot be read ({count}): {scores.unreadable[0]}")
    if CLEAN not in scores.said[DETECTOR]:
        notes.append("Flips are counted against the clean tier, which was not measured.")
    header = baselines.get(METADATA, {}).get(CLEAN)
    if header and header.balanced_accuracy and header.balanced_accuracy.value > TELLTALE:
        notes.append(
            "The headers of these files alone tell the classes apart (balanced accuracy "
            f"{header.balanced_accuracy.value:.3f}), so a high figure here proves little. The "
            "detector sees no header, but pictures that were made alike look alike. Trust the "
            "figures on left-out origins and generators more."
        )
    return notes


def _measured(scores: Scores, said: Mapping[str, Said]) -> dict[str, Metrics]:
    labels = [entry.label for entry in scores.entries]
    generators = [entry.generator for entry in scores.entries]
    units = _units(scores.entries)
    return {
        tier: measure(part.probabilities, labels, part.verdicts, generators, units=units)
        for tier, part in said.items()
    }


def _units(entries: Sequence[Entry]) -> list[str]:
    """Name what belongs together: one prompt, class, artist or template of one source."""
    return [f"{entry.source}\n{entry.group}" for entry in entries]
