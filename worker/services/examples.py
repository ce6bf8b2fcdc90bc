"""From a snapshot to what the refit learns from: embeddings and labels, gold apart."""

from collections.abc import Set
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import numpy.typing as npt

from classifier.detector.detector import Detector
from classifier.models import ModelVersion
from classifier.training.progress import Progress
from classifier.training.relearn import Examples
from classifier.vocabulary import Label
from labelling.models import Embedding, Image
from labelling.services.findings import FLOAT32
from worker.models import DatasetSnapshot, SnapshotItem, TrainingRun
from worker.services.inference import examine

BATCH = 1000


@dataclass(frozen=True)
class Stored:
    """What is stored of one picture: its (D,) embedding, and how far its crops differ."""

    vector: npt.NDArray[np.float32]
    disagreement: float | None


def collect_examples(
    snapshot: DatasetSnapshot,
    version: ModelVersion,
    detector: Detector,
    learned: Set[str],
    progress: Progress,
) -> tuple[Examples, Examples]:
    """Return what to train on and what to measure with, in the order of the snapshot.

    A picture that cannot be read any more is left out, and so is gold whose sha256 is among those
    ``learned`` before it was made gold: the version in production knows it by heart.
    """
    embed_missing(snapshot, version, detector, progress)
    progress(1.0, "reading the stored embeddings")
    stored = stored_embeddings(snapshot, version)
    items = [item for item in snapshot.items.order_by("sha256") if item.image_id in stored]
    train = [item for item in items if item.use == SnapshotItem.Use.TRAIN]
    gold = [item for item in items if item.gold and item.sha256 not in learned]
    return as_examples(train, stored), as_examples(gold, stored)


def learned_before() -> set[str]:
    """The sha256 of every picture that a version which went live was trained on."""
    trained = SnapshotItem.objects.filter(
        use=SnapshotItem.Use.TRAIN, snapshot__runs__state=TrainingRun.State.PROMOTED
    )
    return set(trained.values_list("sha256", flat=True))


def embed_missing(
    snapshot: DatasetSnapshot, version: ModelVersion, detector: Detector, progress: Progress
) -> None:
    """Examine the originals of those pictures that this backbone has not seen yet."""
    digest = version.backbone_digest
    seen = Embedding.objects.filter(backbone_digest=digest).values("image")
    missing = list(Image.objects.filter(snapshotitem__snapshot=snapshot).exclude(pk__in=seen))
    for done, image in enumerate(missing):
        progress(done / len(missing), f"looking at {len(missing)} pictures that are new to it")
        examine(image, version, detector)


def stored_embeddings(
    snapshot: DatasetSnapshot, version: ModelVersion
) -> dict[UUID | None, Stored]:
    """What is stored of each picture of the snapshot, by the picture's id."""
    rows = Embedding.objects.filter(
        backbone_digest=version.backbone_digest, image__snapshotitem__snapshot=snapshot
    )
    columns = rows.values_list("image_id", "vector", "disagreement")
    return {
        image_id: Stored(np.frombuffer(vector, FLOAT32).astype(np.float32), disagreement)
        for image_id, vector, disagreement in columns.iterator(BATCH)
    }


def as_examples(items: list[SnapshotItem], stored: dict[UUID | None, Stored]) -> Examples:
    width = len(next(iter(stored.values())).vector) if stored else 0
    rows = [stored[item.image_id] for item in items]
    spreads = [np.nan if row.disagreement is None else row.disagreement for row in rows]
    return Examples(
        embeddings=np.array([row.vector for row in rows], np.float32).reshape(len(items), width),
        labels=[Label(item.label) for item in items],
        ids=[item.sha256 for item in items],
        disagreements=np.array(spreads, dtype=np.float64),
    )
