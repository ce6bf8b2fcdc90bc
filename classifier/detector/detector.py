"""A picture in, a finding out."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime

from classifier.detector.bundle import Bundle, read_bundle
from classifier.detector.decision import Judge
from classifier.detector.decoding import Pixels, decode
from classifier.detector.preprocessing import take_crops
from classifier.errors import BundleCorrupt
from classifier.vocabulary import Verdict

Embedding = npt.NDArray[np.float32]


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

    def __init__(self, bundle: Bundle, session: onnxruntime.InferenceSession, judge: Judge) -> None:
        self.bundle = bundle
        self._session = session
        self._judge = judge

    @classmethod
    def load(cls, path: Path, *, threads: int = 1) -> "Detector":
        """Read and verify the bundle at ``path``. Raises BundleCorrupt, BundleIncompatible."""
        bundle = read_bundle(path)
        session = _session(bundle, threads)
        judge = bundle.judge()
        if session.get_outputs()[0].shape[-1] != len(judge.head.weight):
            raise BundleCorrupt(f"The head of {bundle.name} does not fit its backbone.")
        return cls(bundle, session, judge)

    def examine(self, data: bytes) -> Finding:
        """Decode, crop, embed and score a picture. Raises PictureRefused."""
        embedding = self.embed(decode(data))
        score = self.score(embedding)
        return Finding(score.probability_ai, score.logit, score.verdict, embedding)

    def embed(self, pixels: Pixels) -> Embedding:
        """Return the mean embedding (D,) over the crops of an (H, W, 3) RGB picture."""
        embeddings = self.embed_crops(take_crops(pixels, self.bundle.preprocessing))
        return np.asarray(embeddings.mean(axis=0), dtype=np.float32)

    def embed_crops(self, crops: Pixels) -> Embedding:
        """Return one embedding for each of (n, crop, crop, 3) crops, shape (n, D)."""
        (embeddings,) = self._session.run(["embedding"], {"crops": crops})
        return np.asarray(embeddings, dtype=np.float32)

    def score(self, embedding: npt.NDArray[np.floating]) -> Score:
        """Score a stored (D,) embedding; no picture is needed."""
        opinion = self._judge.judge(np.asarray(embedding)[np.newaxis])
        return Score(float(opinion.probabilities[0]), float(opinion.logits[0]), opinion.verdicts[0])


def _session(bundle: Bundle, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    try:
        return onnxruntime.InferenceSession(
            bundle.backbone, options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # ONNX Runtime has no common base for its errors.
        raise BundleCorrupt(f"The backbone of {bundle.name} cannot be loaded.") from error
