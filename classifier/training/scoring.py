"""What detectors and baselines say of labelled pictures; each picture is decoded once."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import NamedTuple, Protocol

import numpy as np

from classifier.detector.decoding import Pixels
from classifier.detector.detector import Detector
from classifier.detector.polarity import FloatArray
from classifier.training.dataset import read_pixels
from classifier.training.manifest import Entry, ManifestError
from classifier.training.parallel import in_threads
from classifier.training.progress import Progress
from classifier.training.tiers import ALL_TIERS
from classifier.vocabulary import Reason, Verdict


@dataclass(frozen=True)
class View:
    """One picture as it looks in one tier."""

    entry: Entry
    tier: str
    pixels: Pixels


class Opinion(NamedTuple):
    """What is said of one view; ``reasons`` are why there is no answer."""

    probability_ai: float
    verdict: Verdict
    reasons: tuple[Reason, ...] = ()


class Scorer(Protocol):
    """Says how likely AI made what it sees, and its verdict; None where it cannot tell."""

    def __call__(self, view: View) -> Opinion | None: ...


@dataclass(frozen=True)
class Said:
    """What was said of N pictures in one tier."""

    probabilities: FloatArray
    verdicts: Sequence[Verdict]
    reasons: Sequence[tuple[Reason, ...]]


@dataclass(frozen=True)
class Scores:
    """``said`` holds scorer → tier → what it said of ``entries``; a tier without a word is absent.

    ``unreadable`` says in a sentence each which pictures could not be read; they are left out.
    """

    entries: Sequence[Entry]
    said: Mapping[str, Mapping[str, Said]]
    unreadable: Sequence[str]


def detector_scorer(detector: Detector) -> Scorer:
    def score(view: View) -> Opinion:
        said = detector.look(view.pixels)
        return Opinion(said.probability_ai, said.verdict, said.reasons)

    return score


def score_pictures(
    scorers: Mapping[str, Scorer],
    entries: Sequence[Entry],
    tiers: Sequence[str],
    *,
    threads: int = 1,
    progress: Progress,
) -> Scores:
    """Let each scorer judge each picture in each tier.

    Raises KeyError for an unknown tier, ManifestError where no picture at all can be read.
    """
    degraders = {tier: ALL_TIERS[tier] for tier in tiers}

    def judge(entry: Entry) -> dict[tuple[str, str], Opinion | None] | ManifestError:
        try:
            pixels = read_pixels(entry)
        except ManifestError as error:
            return error
        views = [View(entry, tier, degrade(pixels)) for tier, degrade in degraders.items()]
        return {(name, view.tier): say(view) for view in views for name, say in scorers.items()}

    rows = list(in_threads(judge, entries, threads=threads, progress=progress, what="measured"))
    read = [row for row in rows if not isinstance(row, ManifestError)]
    unreadable = [row.message for row in rows if isinstance(row, ManifestError)]
    if not read:
        raise ManifestError(unreadable[0] if unreadable else "There is no picture to measure.")
    kept = [e for e, row in zip(entries, rows, strict=True) if not isinstance(row, ManifestError)]
    said: dict[str, dict[str, Said]] = {name: {} for name in scorers}
    for name, tier in read[0]:
        opinions = [opinion for row in read if (opinion := row[name, tier]) is not None]
        if len(opinions) == len(read):
            said[name][tier] = _said(opinions)
    return Scores(kept, said, unreadable)


def _said(opinions: Sequence[Opinion]) -> Said:
    chances, verdicts, reasons = zip(*opinions, strict=True)
    return Said(np.array(chances, dtype=np.float64), verdicts, reasons)


def scores_csv(scores: Scores) -> str:
    """Return one line for each picture, tier and scorer, for your own plots."""
    target = StringIO()
    table = csv.writer(target, lineterminator="\n")
    table.writerow(["path", "label", "generator", "by", "tier", "probability_ai", "verdict"])
    for name, tiers in scores.said.items():
        for tier, said in tiers.items():
            rows = zip(scores.entries, said.probabilities, said.verdicts, strict=True)
            for entry, chance, verdict in rows:
                about = [entry.path, entry.label, entry.generator]
                table.writerow([*about, name, tier, f"{chance:.9g}", verdict])
    return target.getvalue()
