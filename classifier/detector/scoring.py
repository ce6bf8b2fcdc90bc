"""A stored embedding in, a score out: what a bundle says, without its network."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from classifier.detector.bundle import Bundle, read_bundle
from classifier.detector.decision import Judge
from classifier.vocabulary import Reason, Verdict


@dataclass(frozen=True)
class Score:
    """``logit`` is the head's output before calibration; positive means AI, as everywhere.

    ``reasons`` say why the verdict is ``uncertain``; there are none where it is not.
    ``priority``, 0 to 1, says how much a person's answer would teach; ``novelty`` how far the
    picture lies from what was learned from, 1 where the detector ceases to answer, None where the
    bundle has no such bound.
    """

    probability_ai: float
    logit: float
    verdict: Verdict
    reasons: tuple[Reason, ...] = ()
    priority: float = 0.0
    novelty: float | None = None


class Scorer:
    """A bundle's judgement alone: numpy only, loaded in milliseconds, safe between threads."""

    def __init__(self, bundle: Bundle, judge: Judge) -> None:
        self.bundle = bundle
        self._judge = judge

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read and verify the bundle at ``path``. Raises BundleCorrupt, BundleIncompatible."""
        bundle = read_bundle(path)
        return cls(bundle, bundle.judge())

    def score(
        self,
        embedding: npt.NDArray[np.floating],
        *,
        disagreement: float | None = None,
        short_side: int | None = None,
    ) -> Score:
        """Score a stored (D,) embedding of this bundle's network; no picture is needed.

        ``disagreement`` and ``short_side`` are those of its finding; what you leave out raises
        no doubt.
        """
        too_small = short_side is not None and self.bundle.preprocessing.is_too_small(short_side)
        opinion = self._judge.judge(
            np.asarray(embedding)[np.newaxis],
            disagreements=np.array([np.nan if disagreement is None else disagreement]),
            too_small=np.array([too_small]),
        )
        return Score(
            float(opinion.probabilities[0]),
            float(opinion.logits[0]),
            opinion.verdicts[0],
            opinion.reasons[0],
            float(opinion.priorities[0]),
            None if np.isnan(opinion.novelties[0]) else float(opinion.novelties[0]),
        )
