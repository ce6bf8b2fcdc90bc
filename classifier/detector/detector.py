"""A picture in, a finding out."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from classifier.detector.bundle import Bundle, read_bundle
from classifier.detector.decision import Judge
from classifier.detector.decoding import Pixels, decode
from classifier.detector.embedder import Embedder, Embedding
from classifier.errors import BundleCorrupt
from classifier.vocabulary import Verdict


@dataclass(frozen=True)
class Score:
    """``logit`` is the head's output before calibration; positive means AI, as everywhere."""

    probability_ai: float
    logit: float
    verdict: Verdict


@dataclass(frozen=True)
class Finding(Score):
    """A score and the (D,) embedding that it was read from."""

    embedding: Embedding


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
        embedding = self.embed(decode(data))
        score = self.score(embedding)
        return Finding(score.probability_ai, score.logit, score.verdict, embedding)

    def embed(self, pixels: Pixels) -> Embedding:
        """Return the mean embedding (D,) over the crops of an (H, W, 3) RGB picture."""
        return self.embedder.embed(pixels)

    def score(self, embedding: npt.NDArray[np.floating]) -> Score:
        """Score a stored (D,) embedding; no picture is needed."""
        opinion = self._judge.judge(np.asarray(embedding)[np.newaxis])
        return Score(float(opinion.probabilities[0]), float(opinion.logits[0]), opinion.verdicts[0])


def _embedder(bundle: Bundle, threads: int) -> Embedder:
    try:
        return Embedder(bundle.backbone, bundle.preprocessing, threads=threads)
    except Exception as error:  # ONNX Runtime has no common base for its errors.
        raise BundleCorrupt(f"The backbone of {bundle.name} cannot be loaded.") from error
