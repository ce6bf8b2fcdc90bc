"""What whole networks said of pictures whose group they had not seen, for calibrating another.

``manage.py leave_out --retrain`` trains a network for each fold without the fold's origins and
generators and keeps what it says of them. That is how a stranger really scores; leaving a group
out of the head alone flatters, because the network below has seen it.
"""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from classifier.detector.bundle import read_bundle
from classifier.training.embedding import Task
from classifier.training.manifest import ManifestError

SCORES, BUNDLE = "scores.csv", "bundle"
# Probabilities are written with nine digits; beyond this they cannot be told from 0 and 1.
CLOSEST = 1e-9

Strangers = Mapping[tuple[Path, str], float]


def read_strangers(folder: Path) -> Strangers:
    """Read the folds in a folder: picture and tier → logit, as the fold's head gave it.

    Raises ManifestError where there is no fold, or one cannot be read; BundleCorrupt,
    BundleIncompatible where a fold's bundle cannot be.
    """
    found: dict[tuple[Path, str], float] = {}
    for scores in sorted(folder.glob(f"fold-*/{SCORES}")):
        slope = read_bundle(scores.parent / BUNDLE, verify=False).calibration.slope
        try:
            found.update(_logits(scores, slope))
        except (OSError, KeyError, ValueError) as error:
            raise ManifestError(f"{scores} cannot be read: {error}.") from error
    if not found:
        raise ManifestError(f"There is no finished fold in {folder}.")
    return found


def left_out_column(tasks: Sequence[Task], strangers: Strangers) -> npt.NDArray[np.float32]:
    """Return the logit of each task (N,), NaN where there is none and for what only measures.

    Raises ManifestError where the folds hold none of these pictures.
    """
    logits = [
        np.nan
        if task.entry.split == "test"
        else strangers.get((task.entry.path.resolve(), task.tier), np.nan)
        for task in tasks
    ]
    if np.isnan(logits).all():
        raise ManifestError("The folds were made of other pictures than this training.")
    return np.array(logits, dtype=np.float32)


def _logits(scores: Path, slope: float) -> dict[tuple[Path, str], float]:
    """Take the fold's calibration back, so that all heads' logits are on one scale."""
    with scores.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["by"] == BUNDLE]
    chances = np.clip([float(row["probability_ai"]) for row in rows], CLOSEST, 1 - CLOSEST)
    logits = np.log(chances / (1 - chances)) / slope
    places = [(Path(row["path"]).resolve(), row["tier"]) for row in rows]
    return dict(zip(places, logits.tolist(), strict=True))
