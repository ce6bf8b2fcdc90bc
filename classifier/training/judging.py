"""From a replay set to a judge: a head, calibrated on left-out groups, and its doubts."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from classifier.detector.decision import Calibration, Head, Judge
from classifier.detector.doubt import disagreement_of
from classifier.detector.embedder import Embedding
from classifier.detector.polarity import FloatArray, ai_targets
from classifier.detector.replay import Replay
from classifier.training.calibrate import balanced_weights, fit_platt, judge_from
from classifier.training.doubting import learn_doubt
from classifier.training.logistic import CLOSE_ENOUGH, Linear, fit_logistic
from classifier.training.out_of_fold import calibration_rows, family_names, left_out_logits
from classifier.vocabulary import Label

HEAD_PENALTY = 3e-2
# Two or three steps of 0.2 s for each group instead of four; the logits differ by 0.01 at most,
# where leaving the group out moves them by 0.1 to 0.8.
ROUGHLY = 1e-4


def fit_head(
    learning: Replay,
    *,
    prior: Linear | None = None,
    start: Linear | None = None,
    close_enough: float = CLOSE_ENOUGH,
) -> Head:
    """Fit a head to all rows, near ``prior`` (zero if none). Raises ValueError for one class."""
    is_ai = ai_targets(learning.labels)
    fitted = fit_logistic(
        learning.embeddings,
        is_ai.astype(np.float64),
        row_weights=balanced_weights(is_ai),
        penalty=HEAD_PENALTY,
        prior=prior,
        start=start,
        close_enough=close_enough,
    )
    return Head(fitted.weight.astype(np.float32), fitted.bias)


def learn_judge(head: Head, replay: Replay) -> tuple[Judge, Replay]:
    """Calibrate a head that was fitted to the ``train`` part, and learn when not to answer.

    Calibration and thresholds come from ``left_out`` logits: those that ``replay`` brings along
    (of networks that were trained without each group, which is best), or else those of heads
    fitted anew without each group of the ``val`` part. Returns the judge, and the replay set with
    its ``left_out`` logits on the scale of the judge's head. Raises ValueError where even the
    logits of ``val`` point the wrong way, or only one class is there.
    """
    learning = replay.part("train")
    if not np.isfinite(replay.left_out).any():
        replay = replace(replay, left_out=_left_out(head, replay))
    held_out = calibration_rows(replay)
    groups = family_names(learning, held_out).tolist()
    logits = held_out.left_out.astype(np.float64)
    val = replay.part("val")
    judge = judge_from(
        head,
        logits,
        held_out.labels,
        held_out.tiers,
        groups,
        doubt=learn_doubt(learning, val),
        platt=_platt(head, val, logits, held_out.labels, groups),
    )
    shift = judge.head.bias - head.bias
    return judge, replace(replay, left_out=(replay.left_out + shift).astype(np.float32))


def _platt(
    head: Head, val: Replay, logits: FloatArray, labels: Sequence[Label], groups: Sequence[str]
) -> Calibration:
    """Calibrate on left-out logits; on those of ``val`` where strangers cannot be told apart.

    The thresholds, which still see the strangers' logits, then leave hardly anything answered.
    """
    try:
        return fit_platt(logits, labels, groups)
    except ValueError:
        return fit_platt(head.logits(val.embeddings), val.labels)


def disagreements(head: Head, views: Sequence[Embedding | None]) -> FloatArray:
    """Return how far the crops (n, D) of each picture differ, (N,), NaN where nobody knows."""
    found = [None if one is None else disagreement_of(head.logits(one)) for one in views]
    return np.array([np.nan if value is None else value for value in found], dtype=np.float32)


def _left_out(head: Head, replay: Replay) -> FloatArray:
    """NaN outside ``val``."""
    learning = replay.part("train")
    first = fit_head(learning)
    start = Linear(first.weight.astype(np.float64), first.bias)
    logits = np.full(len(replay), np.nan)
    held = np.array([split == "val" for split in replay.splits], dtype=np.bool_)

    def roughly(part: Replay) -> Head:
        return fit_head(part, start=start, close_enough=ROUGHLY)

    logits[held] = left_out_logits(head, learning, replay.part("val"), roughly)
    return logits
