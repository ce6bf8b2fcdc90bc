"""What each way gets right on a sample of the lab's pictures."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from classifier.detector.decision import Head
from classifier.detector.decoding import Pixels
from classifier.detector.embedder import Embedding
from classifier.detector.polarity import sigmoid
from classifier.detector.preprocessing import CORNERS, Preprocessing, take_crops
from classifier.detector.replay import Replay
from classifier.training.dataset import read_pixels
from classifier.training.figures import Judged, auroc, balanced_accuracy
from classifier.training.judging import fit_head
from classifier.training.manifest import Entry
from classifier.training.tiers import CLEAN, HARD, TIERS
from classifier.vocabulary import Label, Verdict
from tests.benchmarks.inference.variants import Embed


@dataclass(frozen=True)
class Sample:
    """The centre crop of each picture in both tiers: (n, crop, crop, 3), with n labels."""

    crops: Pixels
    labels: Sequence[Label]
    tiers: Sequence[str]

    def embedded(self, embed: Embed) -> Embedding:
        """Return (n, D), one crop at a time."""
        return np.concatenate([embed(crop[np.newaxis]) for crop in self.crops])


@dataclass(frozen=True)
class Right:
    auroc: float
    balanced_accuracy: float


def sample(entries: Sequence[Entry], split: str, count: int, crop: int) -> Sample:
    """Draw ``count`` pictures of a split, half of each class, and see each in two tiers."""
    drawn = [entry for label in Label for entry in _some(entries, split, label, count // 2)]
    how = Preprocessing(crop=crop, max_crops=1, ranking=CORNERS)
    crops, tiers = [], (CLEAN, HARD)
    for entry in drawn:
        pixels = read_pixels(entry)
        crops += [take_crops(TIERS[tier](pixels), how)[0] for tier in tiers]
    labels = [entry.label for entry in drawn for _ in tiers]
    return Sample(np.stack(crops), labels, tiers * len(drawn))


def head_of(embeddings: Embedding, labels: Sequence[Label]) -> Head:
    words = ["train"] * len(labels)
    rows = embeddings.astype(np.float32).astype(np.float16)
    return fit_head(Replay(rows, labels, words, words, words))


def right(head: Head, embeddings: Embedding, seen: Sample, tier: str) -> Right:
    rows = [row for row, of in enumerate(seen.tiers) if of == tier]
    labels = [seen.labels[row] for row in rows]
    chances = sigmoid(head.logits(embeddings[rows]))
    judged = Judged.of(chances, labels, [Verdict.UNCERTAIN] * len(labels))
    return Right(auroc(judged), balanced_accuracy(judged))


def largest_difference(head: Head, one: Embedding, other: Embedding) -> float:
    """Return how far the probabilities of two ways lie apart at most."""
    return float(np.abs(sigmoid(head.logits(one)) - sigmoid(head.logits(other))).max())


def _some(entries: Sequence[Entry], split: str, label: Label, count: int) -> list[Entry]:
    those = [entry for entry in entries if entry.split == split and entry.label is label]
    rng = np.random.default_rng(0)
    return [those[row] for row in rng.choice(len(those), min(count, len(those)), replace=False)]
