"""A judge learned anew from stored embeddings: a head near the first one, and its calibration."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from classifier.detector.decision import Head, Judge
from classifier.detector.doubt import Doubt
from classifier.detector.polarity import BoolArray, FloatArray, ai_targets
from classifier.detector.replay import Replay
from classifier.errors import RefitFailed
from classifier.training.calibrate import fit_platt, judge_from
from classifier.training.doubting import familiar_with
from classifier.training.facts import Facts
from classifier.training.logistic import Linear, fit_logistic
from classifier.training.metrics import Judged, auroc
from classifier.training.out_of_fold import calibration_rows, family_names
from classifier.training.tiers import CLEAN
from classifier.vocabulary import Label, Verdict

Embeddings = npt.NDArray[np.floating]

FOLDS = 3
# Both chosen on the lab's val split and on cross-fitted arrivals of its stream, as
# docs/learning-loop.md tells: more learns more and forgets more, along one line.
PENALTY = 0.1
# A label settled here counts as much as so many pictures of the replay set, until all of them
# together count as much as this part of it; and never less than one picture (docs/adr/0029).
FIRST_WEIGHT = 12.0
FIRST_PART = 0.04
SETTLED = "settled here"


@dataclass(frozen=True)
class Examples:
    """N settled pictures: embeddings (N, D), labels and the ids by which you know them.

    ``disagreements`` (N,) tell how far a picture's crops differ, NaN where nobody measured it.
    ``facts`` (N,) are what is known of the files, None where nothing is; nothing learns from them.
    """

    embeddings: npt.NDArray[np.float32]
    labels: Sequence[Label]
    ids: Sequence[str]
    disagreements: FloatArray = field(default_factory=lambda: np.empty(0))
    facts: Sequence[Facts | None] = ()

    def __post_init__(self) -> None:
        if not len(self.embeddings) == len(self.labels) == len(self.ids):
            raise ValueError("embeddings, labels and ids must be of one length")
        if not len(self.disagreements):
            object.__setattr__(self, "disagreements", np.full(len(self.labels), np.nan))
        if not len(self.facts):
            object.__setattr__(self, "facts", [None] * len(self.labels))
        if not len(self.disagreements) == len(self.facts) == len(self.labels):
            raise ValueError("disagreements, facts and labels must be of one length")


@dataclass(frozen=True)
class Relearned:
    """The new judge, and what is said of the N new pictures by heads that had not seen them.

    ``unseen`` are probabilities of AI, (N,); None where the new pictures are too few for that.
    """

    judge: Judge
    unseen: FloatArray | None


@dataclass(frozen=True)
class Gain:
    """What learning brought on ``n`` labels that neither version had seen.

    Each figure is the share that is right at a probability of one half, both classes alike.
    """

    n: int
    champion: float
    challenger: float


def relearn(origin: Judge, replay: Replay, train: Examples) -> Relearned:
    """Learn a head near ``origin``'s, calibrate it on what it was not fitted to, keep its doubts.

    The calibration comes from the replay set's held-out part, as pictures score whose origin or
    generator was left out. The thresholds heed the new labels, too, by heads that had not seen
    them (cross-fitting). What is settled becomes familiar. Raises RefitFailed where the labels
    contradict the replay set.
    """
    known = replay.part("train")
    new = np.asarray(train.embeddings, dtype=np.float64).reshape(len(train.labels), -1)
    head = _fit_head(origin.head, known, new, train.labels)
    held_out = calibration_rows(replay)
    new_logits = np.empty(0)
    if len(train.labels) >= 2 * FOLDS:
        new_logits = _cross_fitted(origin.head, known, new, train.labels)
    counted = train.labels[: len(new_logits)]
    try:
        _check_direction(head, replay.part("val"))
        strangers = _as_strangers(head, origin.head, held_out)
        families = family_names(known, held_out).tolist()
        logits = np.concatenate([strangers, new_logits])
        labels = [*held_out.labels, *counted]
        groups = [*families, *[SETTLED] * len(counted)]
        fit_platt(logits, labels, groups)  # refuses settled labels that point the other way
        judge = judge_from(
            head,
            logits,
            labels,
            [*held_out.tiers, *[CLEAN] * len(counted)],
            groups,
            doubt=_familiar_doubt(origin.doubt, known, new),
            # What people were asked about is no sample of what comes in: the queue chose it.
            platt=fit_platt(strangers, held_out.labels, families),
        )
    except ValueError as error:
        raise RefitFailed(
            "The settled labels contradict what the detector has learned so far: after this refit "
            "a higher score would no longer mean AI. Look through the newest labels."
        ) from error
    if not counted:
        return Relearned(judge, None)
    shift = judge.head.bias - head.bias  # the calibration's part, which the other heads lack
    return Relearned(judge, judge.calibration.probabilities(new_logits + shift))


def _as_strangers(head: Head, origin: Head, held_out: Replay) -> FloatArray:
    """Return the logits (N,) of held-out rows as if their like had never been learned from.

    To what the first head said of them as strangers comes what the refit has changed since. Sets
    from before that was measured hold nothing of it: there the logits stay as they are.
    """
    logits = head.logits(held_out.embeddings)
    familiar = held_out.left_out.astype(np.float64) - origin.logits(held_out.embeddings)
    return np.asarray(logits + np.nan_to_num(familiar))


def _familiar_doubt(doubt: Doubt, known: Replay, new: Embeddings) -> Doubt:
    """The bounds stay; what people settled is no longer unlike anything that was learned from."""
    if doubt.familiarity is None:
        return doubt
    rows = stacked(known.embeddings, new)
    return replace(doubt, familiarity=familiar_with(doubt.familiarity, rows))


def measure_gain(
    champion: Judge, relearned: Relearned, train: Examples, learned: Collection[str]
) -> Gain | None:
    """Compare both on what the champion had not ``learned`` of ``train``; None where it had all."""
    fresh = np.array([name not in learned for name in train.ids], dtype=np.bool_)
    if relearned.unseen is None or not fresh.any():
        return None
    is_ai = ai_targets(train.labels)[fresh]
    before = champion.judge(train.embeddings[fresh]).probabilities
    after = relearned.unseen[fresh]
    return Gain(len(is_ai), _right_share(before, is_ai), _right_share(after, is_ai))


def _right_share(probabilities: FloatArray, is_ai: BoolArray) -> float:
    """The mean over the classes that are there."""
    right = (probabilities >= 0.5) == is_ai
    return float(np.mean([right[part].mean() for part in (is_ai, ~is_ai) if part.any()]))


def _check_direction(head: Head, val: Replay) -> None:
    """However many labels say otherwise, AI must go on standing above human on known pictures."""
    logits = head.logits(val.embeddings)
    if auroc(Judged.of(logits, val.labels, [Verdict.UNCERTAIN] * len(logits))) <= 0.5:
        raise ValueError("the head points the wrong way")


def _fit_head(origin: Head, known: Replay, new: Embeddings, labels: Sequence[Label]) -> Head:
    targets = ai_targets([*known.labels, *labels])
    each = _weight_of_each(len(labels), beside=len(known))
    weights = np.concatenate([_class_balanced(known.labels), each * _class_balanced(labels)])
    fitted = fit_logistic(
        stacked(known.embeddings, new),
        targets.astype(np.float64),
        row_weights=weights,
        penalty=PENALTY,
        prior=Linear(origin.weight.astype(np.float64), origin.bias),
    )
    return Head(fitted.weight.astype(np.float32), fitted.bias)


def _weight_of_each(count: int, *, beside: int) -> float:
    """Return how much each of ``count`` new labels counts, a picture of the replay set being one.

    A few must do something; many must not drown what was known before they are as many.
    """
    return max(1.0, min(FIRST_WEIGHT, FIRST_PART * beside / max(count, 1)))


def _class_balanced(labels: Sequence[Label]) -> npt.NDArray[np.float64]:
    """Weights of mean one; where both classes are there, each has half of them."""
    is_ai = ai_targets(labels)
    if is_ai.all() or not is_ai.any():
        return np.ones(len(is_ai))
    return np.where(is_ai, 0.5 / is_ai.mean(), 0.5 / (~is_ai).mean())


def _cross_fitted(
    origin: Head, known: Replay, new: Embeddings, labels: Sequence[Label]
) -> npt.NDArray[np.float64]:
    """Return the logit of each new picture by a head that has not seen it, (N,)."""
    fold = np.random.default_rng(0).permutation(len(labels)) % FOLDS
    logits = np.empty(len(labels))
    for number in range(FOLDS):
        held = fold == number
        seen = [label for label, out in zip(labels, held, strict=True) if not out]
        logits[held] = _fit_head(origin, known, new[~held], seen).logits(new[held])
    return logits


def stacked(known: Embeddings, new: Embeddings) -> Embeddings:
    both = [known.astype(np.float64), np.asarray(new, np.float64)]
    return np.concatenate([part for part in both if len(part)])
