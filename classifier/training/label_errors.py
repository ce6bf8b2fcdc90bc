"""Which labels are probably wrong: confident learning, on what unseen heads say of each picture.

The method is that of C. G. Northcutt, L. Jiang and I. L. Chuang, "Confident Learning: Estimating
Uncertainty in Dataset Labels", Journal of Artificial Intelligence Research 70 (2021), for two
classes and as their library cleanlab has it, written here with numpy.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from classifier.detector.decision import Head
from classifier.detector.polarity import BoolArray, FloatArray, ai_targets, sigmoid
from classifier.training.logistic import Linear, fit_logistic
from classifier.vocabulary import Label

FOLDS = 5
# Five times a refit's: a head that is to judge labels must not follow the first few wrong ones.
# With it 5 of 100 right labels of the lab's new generators are doubted, and 90 of 100 turned ones
# beside 40 right ones of what it knows.
PENALTY = 0.5


@dataclass(frozen=True)
class LabelErrors:
    """``suspected`` (N,) are labels that are probably wrong, ``margins`` (N,) how surely so.

    A margin is the probability of the other class less that of the label's own, -1 to 1.
    ``joint`` (2, 2) counts the confident pictures: rows are the labels, columns what the scores
    say, human before AI. What stands off its diagonal is suspected.
    """

    suspected: BoolArray
    margins: FloatArray
    joint: npt.NDArray[np.int64]


def find_label_errors(
    probabilities: FloatArray, labels: Sequence[Label | str], *, heard: BoolArray | None = None
) -> LabelErrors:
    """Find labels that contradict ``probabilities`` (N,), of AI, by heads that had not seen them.

    A score counts as confident of a class from the mean on that is given to the pictures with
    that label: a class of which the detector is never sure needs less. A label is suspected where
    the scores are confident of the other class, and surer of it than of the label's own.
    Only rows that are ``heard`` (N,), all if you name none, have a part in that mean. Nothing is
    suspected where one of the classes is missing.
    """
    is_ai = ai_targets(labels).astype(np.int64)
    scores = np.column_stack([1.0 - probabilities, probabilities])
    own, other = _of_own_and_other(scores, is_ai)
    counted_in = slice(None) if heard is None else heard
    confident = scores >= _thresholds(scores[counted_in], is_ai[counted_in])
    said = np.where(confident.all(axis=1), scores.argmax(axis=1), confident.argmax(axis=1))
    counted = confident.any(axis=1)
    joint = np.zeros((2, 2), dtype=np.int64)
    np.add.at(joint, (is_ai[counted], said[counted]), 1)
    return LabelErrors(counted & (said != is_ai) & (other > own), other - own, joint)


def _thresholds(scores: FloatArray, labels: npt.NDArray[np.int64]) -> FloatArray:
    """The mean score of each class among the pictures labelled so, (2,); no score reaches NaN."""
    counts = np.bincount(labels, minlength=2)
    sums = np.array([scores[labels == value, value].sum() for value in (0, 1)])
    return np.divide(sums, counts, out=np.full(2, np.nan), where=counts > 0)


def _of_own_and_other(
    scores: FloatArray, labels: npt.NDArray[np.int64]
) -> tuple[FloatArray, FloatArray]:
    rows = np.arange(len(labels))
    return scores[rows, labels], scores[rows, 1 - labels]


def out_of_fold(
    first: Head,
    embeddings: npt.NDArray[np.floating],
    labels: Sequence[Label | str],
    groups: Sequence[Hashable],
    *,
    heard: BoolArray | None = None,
) -> FloatArray:
    """Return what heads say of embeddings (N, D) that had not learned their labels: P(AI), (N,).

    Each head starts from ``first``, which has learned from none of them, and learns only rows
    that are ``heard`` (N,), all if you name none. Rows of one group are held out together: a copy
    of a picture must not tell its label.
    """
    fold, is_ai = _folds(groups), ai_targets(labels)
    learning = np.ones(len(is_ai), dtype=np.bool_) if heard is None else heard
    logits = np.empty(len(is_ai))
    for number in range(FOLDS):
        held = fold == number
        rows = learning & ~held
        logits[held] = _fit(first, embeddings[rows], is_ai[rows]).logits(embeddings[held])
    return sigmoid(logits)


def _folds(groups: Sequence[Hashable]) -> npt.NDArray[np.int64]:
    """The fold of each row, drawn by group, always in the same way."""
    number_of: dict[Hashable, int] = {}
    rows = [number_of.setdefault(group, len(number_of)) for group in groups]
    drawn = np.random.default_rng(0).permutation(len(number_of)) % FOLDS
    return np.asarray(drawn[rows], dtype=np.int64)


def _fit(first: Head, embeddings: npt.NDArray[np.floating], is_ai: BoolArray) -> Head:
    shares = np.where(is_ai, 1.0 / max(is_ai.sum(), 1), 1.0 / max((~is_ai).sum(), 1))
    fitted = fit_logistic(
        embeddings.astype(np.float64),
        is_ai.astype(np.float64),
        row_weights=shares,
        penalty=PENALTY,
        prior=Linear(first.weight.astype(np.float64), first.bias),
    )
    return Head(fitted.weight.astype(np.float32), fitted.bias)
