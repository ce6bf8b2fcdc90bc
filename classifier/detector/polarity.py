"""The one place where a class becomes a number: 1 is AI, 0 is human.

Everything that learns or measures goes through here, so no file can hold the opposite view.
"""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from classifier.vocabulary import Label

FloatArray = npt.NDArray[np.floating]
BoolArray = npt.NDArray[np.bool_]


def ai_targets(labels: Iterable[Label | str]) -> BoolArray:
    """Return an array of shape (N,): true where the label is AI.

    Raises ValueError for anything that is not a label.
    """
    return np.array([Label(label) is Label.AI for label in labels], dtype=np.bool_)


def labels_of(targets: Iterable[object]) -> list[Label]:
    """Turn what :func:`ai_targets` returned back into labels."""
    return [Label.AI if target else Label.HUMAN for target in targets]


def sigmoid(logits: FloatArray | float) -> FloatArray:
    """Probability of AI from log-odds of AI; never overflows."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * np.asarray(logits, dtype=np.float64))))
