"""How a head scores pictures of an origin or generator from which it has learned nothing.

Pictures that a head has learned from, and their like, get surer scores than a stranger does.
Thresholds that are to hold for strangers are therefore set on scores of left-out groups.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from classifier.detector.decision import Head
from classifier.detector.polarity import BoolArray, FloatArray
from classifier.detector.replay import Replay
from classifier.training.conformal import Words

# Generators and origins with fewer pictures to learn from are left out together.
LEAST_ALONE = 20
THE_FEW = "the few"

Fit = Callable[[Replay], Head]


@dataclass(frozen=True)
class Fold:
    """One group that is left out: what is learned from without it, and its ``held`` rows (N,)."""

    learning: Replay
    held: BoolArray


def family_names(learning: Replay, of: Replay) -> Words:
    """Return the group of each row in ``of``: class and generator, small ones under one name."""
    names, counts = np.unique(_names(learning), return_counts=True)
    large = set(names[counts >= LEAST_ALONE].tolist())
    return np.array(
        [
            name if name in large else f"{label} {THE_FEW}"
            for name, label in zip(_names(of), of.labels, strict=True)
        ],
        dtype=np.str_,
    )


def folds(learning: Replay, held_out: Replay) -> Iterator[Fold]:
    """Leave out each group of ``held_out`` in turn; a class that is one group stays whole."""
    known, held = family_names(learning, learning), family_names(learning, held_out)
    for name in sorted(set(held.tolist())):
        kept = np.flatnonzero(known != name)
        without = learning.rows(kept.tolist())
        whole_class = set(without.labels) != set(learning.labels)
        yield Fold(learning if whole_class else without, held == name)


def calibration_rows(replay: Replay) -> Replay:
    """Return the rows whose left-out logits are known; the ``val`` part where none are."""
    known = np.flatnonzero(np.isfinite(replay.left_out))
    return replay.rows(known.tolist()) if len(known) else replay.part("val")


def left_out_logits(head: Head, learning: Replay, held_out: Replay, fit: Fit) -> FloatArray:
    """Return what ``head`` would say of ``held_out`` (N,) had it not learned from the row's group.

    ``fit`` learns a head; what leaving a group out changes in its logits is added to the logits
    of ``head``, so that both stay on one scale even where ``head`` was made in another way.
    """
    whole = fit(learning).logits(held_out.embeddings)
    logits = head.logits(held_out.embeddings)
    for fold in folds(learning, held_out):
        rows = held_out.rows(np.flatnonzero(fold.held).tolist())
        without = fit(fold.learning).logits(rows.embeddings)
        logits[fold.held] += without - whole[fold.held]
    return logits


def _names(of: Replay) -> Sequence[str]:
    return [f"{label} {name}" for label, name in zip(of.labels, of.generators, strict=True)]
