"""A picture in, a finding out."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from classifier.detector.bundle import Bundle, read_bundle
from classifier.detector.decision import Judge
from classifier.detector.decoding import Pixels, decode
from classifier.detector.doubt import disagreement_of
from classifier.detector.embedder import Embedder, Embedding, mean_over
from classifier.errors import BundleCorrupt
from classifier.vocabulary import Reason, Verdict


@dataclass(frozen=True)
class Score:
    """``logit`` is the head's output before calibration; positive means AI, as everywhere.

    ``reasons`` say why the verdict is ``uncertain``; there are none where it is not.
    """

    probability_ai: float
    logit: float
    verdict: Verdict
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Finding(Score):
    """A score and what it was read from: all that is needed to score the picture again.

    ``embedding`` (D,) is the mean over the crops, ``disagreement`` how far the crops' logits
    spread (None for a single crop), ``short_side`` the shorter side in pixels.
    """

    embedding: Embedding
    disagreement: float | None
    short_side: int


class Detector:
    """A bundle, loaded and ready. Safe to share between threads."""

    def __init__(self, bundle: Bundle, embedder: Embedder, judge: Judge) -> None:
        self.bundle = bundle
        self.embedder = embedder
        self._judge = judge

    @classmethod
    def load(cls, path: Path, *, threads: int = 1) -> "Detector":
        """Read and verify the bundle at ``path``. Raises BundleCorrupt, BundleIncompatible."""
        bundle = read_bundle(path)
        embedder = _embedder(bundle, threads)
        judge = bundle.judge()
        if embedder.width != len(judge.head.weight):
            raise BundleCorrupt(f"The head of {bundle.name} does not fit its backbone.")
        return cls(bundle, embedder, judge)

    def examine(self, data: bytes) -> Finding:
        """Decode, crop, embed and score a picture. Raises PictureRefused."""
        return self.look(decode(data))

    def look(self, pixels: Pixels) -> Finding:
        """Crop, embed and score an (H, W, 3) RGB picture."""
        views = self.embedder.embed_views(pixels)
        embedding, short_side = mean_over(views), min(pixels.shape[:2])
        disagreement = disagreement_of(self._judge.head.logits(views))
        score = self.score(embedding, disagreement=disagreement, short_side=short_side)
        return Finding(
            score.probability_ai,
            score.logit,
            score.verdict,
            score.reasons,
            embedding=embedding,
            disagreement=disagreement,
            short_side=short_side,
        )

    def embed(self, pixels: Pixels) -> Embedding:
        """Return the mean embedding (D,) over the crops of an (H, W, 3) RGB picture."""
        return self.embedder.embed(pixels)

    def score(
        self,
        embedding: npt.NDArray[np.floating],
        *,
        disagreement: float | None = None,
        short_side: int | None = None,
    ) -> Score:
        """Score a stored (D,) embedding; no picture is needed.

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
        )


def _embedder(bundle: Bundle, threads: int) -> Embedder:
    try:
        return Embedder(bundle.backbone, bundle.preprocessing, threads=threads)
    except Exception as error:  # ONNX Runtime has no common base for its errors.
        raise BundleCorrupt(f"The backbone of {bundle.name} cannot be loaded.") from error
