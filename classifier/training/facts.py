"""What is known of a picture's file and must not decide what is said of the picture."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from classifier.detector.polarity import FloatArray


@dataclass(frozen=True)
class Facts:
    """``size`` is in bytes, ``content_type`` as in ``image/jpeg``; near twins share a ``group``."""

    width: int
    height: int
    size: int
    content_type: str
    group: str = ""

    @property
    def short_side(self) -> int:
        return min(self.width, self.height)


def fact_columns(facts: Sequence[Facts | None]) -> dict[str, FloatArray]:
    """Return columns (N,), NaN where nothing is known of a picture.

    Only their order counts, so pixels and bytes need no logarithm.
    """
    return {
        "pixels": _column(facts, lambda one: one.width * one.height),
        "shape": _column(facts, lambda one: max(one.width, one.height) / one.short_side),
        "bytes per pixel": _column(facts, lambda one: one.size / (one.width * one.height)),
        "lossless file": _column(facts, lambda one: float(one.content_type == "image/png")),
    }


def _column(facts: Sequence[Facts | None], value: Callable[[Facts], float]) -> FloatArray:
    return np.array([np.nan if one is None else value(one) for one in facts], dtype=np.float64)
