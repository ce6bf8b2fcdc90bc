"""From a snapshot to what the refit learns from and what it is measured with: rows, no pictures."""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import numpy.typing as npt

from classifier.detector.detector import Detector
from classifier.errors import AivhError
from classifier.models import ModelVersion
from classifier.training.facts import Facts
from classifier.training.progress import Progress
from classifier.training.relearn import Examples
from classifier.vocabulary import Label
from labelling.models import Embedding, Image
from labelling.services.findings import FLOAT32
from worker.models import DatasetSnapshot, SnapshotItem
from worker.queries import learned_items
from worker.services.examining import examine_missing

BATCH = 1000


class NothingToLearn(AivhError):
    """Every label is left out, or measures."""

    code = "nothing_to_learn"


Use = SnapshotItem.Use
MEASURED = (Use.GOLD, Use.REGRESSION, Use.AUDIT)


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
) -> tuple[Examples, dict[str, Examples]]:
    """Return what to train on, and what to measure with by the name of its set.

    The sets are ``gold``, ``regression`` and ``audit``; each is there, even if it is empty. All
    come in the order of the snapshot. A picture that cannot be read any more is left out, and so
    is one to measure with whose sha256 is among those ``learned`` before it got its mark: the
    version in production knows it by heart. Raises NothingToLearn.
    """
    images = Image.objects.filter(snapshotitem__snapshot=snapshot, deleted_at__isnull=True)
    examine_missing(images=images, version=version, detector=detector, progress=progress)
    progress(1.0, "reading the stored embeddings")
    stored = stored_embeddings(snapshot, version)
    items = snapshot.items.select_related("image").order_by("sha256")
    usable = [item for item in items if item.image_id in stored]
    train = _of_use(usable, Use.TRAIN)
    if not train:
        raise NothingToLearn(nothing_left(snapshot))
    unseen = [item for item in usable if item.sha256 not in learned]
    held_out = {str(use): as_examples(_of_use(unseen, use), stored) for use in MEASURED}
    return as_examples(train, stored), held_out


def nothing_left(snapshot: DatasetSnapshot) -> str:
    left_out = snapshot.items.filter(use=Use.LEFT_OUT).count()
    if not left_out:
        return "there is nothing to learn from; all that is settled measures"
    labels = "the one label is" if left_out == 1 else f"all {left_out} labels are"
    return f"{labels} left out of the training; the snapshot says why of each"


def _of_use(items: Iterable[SnapshotItem], use: str) -> list[SnapshotItem]:
    return [item for item in items if item.use == use]


def learned_before() -> set[str]:
    """The sha256 of every picture that a version which went live was trained on."""
    return set(learned_items().values_list("sha256", flat=True))


def stored_embeddings(
    snapshot: DatasetSnapshot, version: ModelVersion
) -> dict[UUID | None, Stored]:
    """What is stored of each picture of the snapshot that is not in the bin, by its id."""
    rows = Embedding.objects.filter(
        backbone_digest=version.backbone_digest,
        image__snapshotitem__snapshot=snapshot,
        image__deleted_at__isnull=True,
    )
    columns = rows.values_list("image_id", "vector", "disagreement")
    return {
        image_id: Stored(np.frombuffer(vector, FLOAT32).astype(np.float32), disagreement)
        for image_id, vector, disagreement in columns.iterator(BATCH)
    }


def as_examples(items: Sequence[SnapshotItem], stored: dict[UUID | None, Stored]) -> Examples:
    width = len(next(iter(stored.values())).vector) if stored else 0
    rows = [stored[item.image_id] for item in items]
    spreads = [np.nan if row.disagreement is None else row.disagreement for row in rows]
    return Examples(
        embeddings=np.array([row.vector for row in rows], np.float32).reshape(len(items), width),
        labels=[Label(item.label) for item in items],
        ids=[item.sha256 for item in items],
        disagreements=np.array(spreads, dtype=np.float64),
        facts=[_facts(item) for item in items],
    )


def _facts(item: SnapshotItem) -> Facts | None:
    image = item.image
    if image is None:
        return None
    return Facts(image.width, image.height, image.size, image.content_type, item.group)
