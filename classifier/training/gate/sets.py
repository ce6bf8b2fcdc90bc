"""The sets of pictures on which both versions are compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from classifier.detector.polarity import FloatArray
from classifier.training.metrics import Judged
from classifier.training.tiers import CLEAN

# The bundle's held-out pictures and what two people agreed on; never learned from.
GOLD = "gold"
# A random part of what comes in, chosen before its score is known.
AUDIT = "audit"
# Mistakes that were put right and must stay so.
REGRESSION = "regression"
# Pictures on which both versions' thresholds were set. No head learned from them.
CALIBRATION = "calibration"
SETS = (GOLD, REGRESSION, AUDIT, CALIBRATION)


@dataclass(frozen=True)
class Compared:
    """One set of N pictures in one tier, as both versions judge them, in the same order.

    ``groups`` names each picture's origin or generator, ``units`` what is drawn again together
    (near twins share one; without it each picture is one). ``facts`` are columns (N,) of what a
    score must not follow, NaN where unknown: ``facts.fact_columns`` makes them.

    Raises ValueError where the pictures are not the same, or a column is of another length.
    """

    name: str
    champion: Judged
    challenger: Judged
    tier: str = CLEAN
    groups: Sequence[str] = ()
    units: Sequence[str] | None = None
    facts: Mapping[str, FloatArray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not np.array_equal(self.champion.is_ai, self.challenger.is_ai):
            raise ValueError("champion and challenger must be measured on the same pictures")
        columns = [self.groups or None, self.units, *self.facts.values()]
        if any(column is not None and len(column) != len(self) for column in columns):
            raise ValueError("groups, units and facts must have one entry for each picture")

    def __len__(self) -> int:
        return len(self.champion.is_ai)

    @property
    def finite(self) -> bool:
        """Whether every probability is a number."""
        both = (self.champion.probabilities, self.challenger.probabilities)
        return all(bool(np.isfinite(chances).all()) for chances in both)

    @property
    def fewest(self) -> int:
        """How many pictures the rarer class has."""
        ai = int(self.champion.is_ai.sum())
        return min(ai, len(self) - ai)

    def of_group(self, group: str) -> "Compared":
        """Return the pictures of one origin or generator."""
        chosen = np.array([name == group for name in self.groups], dtype=np.bool_)
        units = None
        if self.units is not None:
            units = [unit for unit, kept in zip(self.units, chosen, strict=True) if kept]
        return Compared(
            self.name,
            self.champion.rows(chosen),
            self.challenger.rows(chosen),
            self.tier,
            [group] * int(chosen.sum()),
            units,
        )
