"""A picture in, a finding out."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from classifier.detector.bundle import Bundle, read_bundle
from classifier.detector.decision import Judge
from classifier.detector.decoding import Pixels, decode
from classifier.detector.doubt import disagreement_of
from classifier.detector.embedder import Embedder, Embedding, mean_over
from classifier.detector.fingerprint import Grey, grey_copy
from classifier.detector.scoring import Score, Scorer
from classifier.errors import BundleCorrupt

__all__ = ["Detector", "Finding", "Score"]


@dataclass(frozen=True, kw_only=True)
class Finding(Score):
    """A score and what it was read from: all that is needed to score the picture again.

    ``embedding`` (D,) is the mean over the crops, ``disagreement`` how far the crops' logits
    spread (None for a single crop), ``short_side`` the shorter side in pixels. ``grey`` is a
    small copy, from which copies of the picture are told; None where nobody made one.
    """

    embedding: Embedding
    disagreement: float | None
    short_side: int
    grey: Grey | None = None


class Detector(Scorer):
    """A bundle, loaded and ready, its network with it. Safe to share between threads."""

    def __init__(self, bundle: Bundle, embedder: Embedder, judge: Judge) -> None:
        super().__init__(bundle, judge)
        self.embedder = embedder

    @classmethod
    def load(cls, path: Path, *, threads: int = 1) -> Self:
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
            score.priority,
            score.novelty,
            embedding=embedding,
            disagreement=disagreement,
            short_side=short_side,
            grey=grey_copy(pixels),
        )

    def embed(self, pixels: Pixels) -> Embedding:
        """Return the mean embedding (D,) over the crops of an (H, W, 3) RGB picture."""
        return self.embedder.embed(pixels)


def _embedder(bundle: Bundle, threads: int) -> Embedder:
    try:
        return Embedder(bundle.backbone, bundle.preprocessing, threads=threads)
    except Exception as error:  # ONNX Runtime has no common base for its errors.
        raise BundleCorrupt(f"The backbone of {bundle.name} cannot be loaded.") from error
