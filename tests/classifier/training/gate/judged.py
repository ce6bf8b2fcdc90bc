"""Judged pictures whose every figure is known beforehand."""

from collections.abc import Sequence

import numpy as np

from classifier.training.gate import Compared, GateDecision, GateRow
from classifier.training.metrics import Judged

HUMAN, AI = 0.1, 0.9
# No answer, but on the right side of one half.
UNSURE_HUMAN, UNSURE_AI = 0.3, 0.7


def judged(human: Sequence[float], ai: Sequence[float]) -> Judged:
    """Human pictures first. At least 0.8 is called AI, at most 0.2 human."""
    chances = np.array([*human, *ai], dtype=np.float64)
    is_ai = np.arange(len(chances)) >= len(human)
    return Judged(is_ai, chances, chances >= 0.8, chances <= 0.2)


def perfect(human: int = 200, ai: int = 200) -> Judged:
    return judged([HUMAN] * human, [AI] * ai)


def with_errors(
    *, accused: int = 0, missed: int = 0, unsure: int = 0, human: int = 200, ai: int = 200
) -> Judged:
    """A perfect detector but for so many human and AI pictures; ``unsure`` counts of each class."""
    return judged(
        [AI] * accused + [UNSURE_HUMAN] * unsure + [HUMAN] * (human - accused - unsure),
        [HUMAN] * missed + [UNSURE_AI] * unsure + [AI] * (ai - missed - unsure),
    )


def gold(champion: Judged, challenger: Judged, **given: object) -> Compared:
    return Compared("gold", champion, challenger, **given)  # type: ignore[arg-type]


def row(decision: GateDecision, name: str, set: str = "gold", slice: str = "") -> GateRow:
    """The one row of this name."""
    (found,) = [
        one for one in decision.rows if (one.name, one.set, one.slice) == (name, set, slice)
    ]
    return found


def failed(decision: GateDecision) -> list[str]:
    return [one.name for one in decision.failed]
