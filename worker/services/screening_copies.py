"""Which settled pictures show the same as another one, by what is stored of both."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import numpy as np
import numpy.typing as npt
from django.db.models import Q, QuerySet

from classifier.detector.fingerprint import SIDE, Grey
from classifier.models import ModelVersion
from classifier.training.data.copies import Prints, find_copies
from classifier.training.data.twins import Pair, families
from labelling.models import Embedding, Fingerprint, Image
from labelling.services.findings import FLOAT32
from worker.models import SnapshotItem
from worker.services.screening_rows import Row

Use = SnapshotItem.Use
Vectors = npt.NDArray[np.float32]

# What measures, or will as soon as people have settled it.
RESERVED = (Q(audit=True) | Q(regression_since__isnull=False) | Q(gold_wanted=True)) & Q(
    deleted_at__isnull=True
)


@dataclass(frozen=True)
class _Seen:
    """A picture that is compared with others."""

    image_id: UUID
    sha256: str
    received_at: datetime
    measures: bool


@dataclass(frozen=True)
class Family:
    """The pictures that show the same as one another: ``group`` names them, by the oldest's sha256.

    ``measured`` where one of them measures, now or once it is settled.
    """

    group: str
    measured: bool


def compared_images() -> QuerySet[Image]:
    """The pictures that are compared: the settled ones, and those that are kept to measure with."""
    return Image.objects.filter(Q(label__isnull=False) | RESERVED)


def find_families(rows: Sequence[Row], version: ModelVersion | None) -> list[Family]:
    """Return the family of each row. Without a version embeddings have no say."""
    seen = [*map(_seen, rows), *_reserved(rows)]
    measures = np.array([one.measures for one in seen], dtype=np.bool_)
    ids = [one.image_id for one in seen]
    prints = Prints(_read_greys(ids), read_embeddings(ids, version))
    pairs = [Pair(*pair, "copy") for pair in find_copies(prints, measures)]
    found = [Family(one.sha256, one.measures) for one in seen]
    for members in families(len(seen), pairs):
        oldest = min(members, key=lambda at: (seen[at].received_at, seen[at].sha256))
        family = Family(seen[oldest].sha256, bool(measures[members].any()))
        for at in members:
            found[at] = family
    return found[: len(rows)]


def _seen(row: Row) -> _Seen:
    one = row.candidate
    return _Seen(one.image_id, one.sha256, row.received_at, row.use != Use.TRAIN)


def _reserved(rows: Sequence[Row]) -> list[_Seen]:
    """What will measure and is not settled yet: a copy of it must not train meanwhile."""
    known = {row.candidate.image_id for row in rows}
    images = Image.objects.filter(RESERVED).order_by("sha256")
    columns = images.values_list("pk", "sha256", "received_at")
    return [_Seen(*column, measures=True) for column in columns if column[0] not in known]


def _read_greys(ids: Sequence[UUID]) -> Grey:
    """Return the small grey copies (N, SIDE, SIDE); one that is not there is black."""
    prints = Fingerprint.objects.filter(image__in=compared_images().values("pk"))
    stored = {image_id: bytes(grey) for image_id, grey in prints.values_list("image_id", "grey")}
    data = b"".join(stored.get(image_id, bytes(SIDE * SIDE)) for image_id in ids)
    return np.frombuffer(data, np.uint8).reshape(len(ids), SIDE, SIDE)


def read_embeddings(ids: Sequence[UUID], version: ModelVersion | None) -> Vectors:
    """Return what this version's network saw in each picture, (N, D); NaN where it saw none."""
    if version is None:
        return np.empty((len(ids), 0), dtype=np.float32)
    rows = Embedding.objects.filter(
        backbone_digest=version.backbone_digest, image__in=compared_images().values("pk")
    )
    stored = {
        image_id: np.frombuffer(vector, FLOAT32)
        for image_id, vector in rows.values_list("image_id", "vector")
    }
    width = len(next(iter(stored.values()))) if stored else 0
    unseen = np.full(width, np.nan, dtype=np.float32)
    vectors = [stored.get(image_id, unseen) for image_id in ids]
    return np.array(vectors, dtype=np.float32).reshape(len(ids), width)
