"""Which pictures look most alike to the detector: exact, by the stored embeddings."""

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import nlargest
from uuid import UUID

import numpy as np
import numpy.typing as npt
from django.db.models import QuerySet

from classifier.errors import NotAllowed
from classifier.queries import production_version
from labelling.blindness import with_open_labels
from labelling.models import Embedding, Image
from labelling.permissions import Person, may_see_all
from labelling.queries import visible_images

STORED = np.dtype("<f4")  # as the embeddings' rows hold them
SHOWN = 6
BLOCK = 2000  # embeddings in memory at once, some 10 MB
NEARLY_THE_SAME = 0.98
NEAR = 0.4  # cosine below which two pictures have little in common
MOST_COMPARED = 100_000  # the newest; some 50 MB are read for them, a block at a time

Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Neighbour:
    """A picture, its label joined, and the cosine of its embedding with the other's."""

    image: Image
    cosine: float

    @property
    def is_nearly_the_same(self) -> bool:
        """As a picture and a copy of it that was saved again, in the eyes of the detector."""
        return self.cosine >= NEARLY_THE_SAME


def nearest_settled(image: Image, person: Person, limit: int = SHOWN) -> list[Neighbour]:
    """The settled pictures nearest to ``image``, the nearest first; empty where none is near.

    Compared are pictures that this person may see, with labels that this person may see, in the
    eyes of the network that answers now. Raises NotAllowed for whoever sees no labels at all.
    """
    if not may_see_all(person):
        raise NotAllowed("You need the reviewer's role to see settled pictures.")
    stored = _stored()
    mine = stored.filter(image=image).first()
    if mine is None:
        return []
    settled = with_open_labels(visible_images(person), person).exclude(pk=image.pk)
    found = _nearest(mine, stored.filter(image__in=settled.order_by().values("pk")), limit)
    images = settled.select_related("label").in_bulk([image_id for _, image_id in found])
    return [Neighbour(images[key], cosine) for cosine, key in found if key in images]


def nearest_among(image: Image, among: QuerySet[Image], limit: int) -> list[UUID]:
    """The ids of the pictures of ``among`` nearest to ``image``, itself first if it is in there.

    Compared are at most ``MOST_COMPARED``, the newest. Empty where the network that answers now
    has not seen the picture.
    """
    return [image_id for _, image_id in _nearest_newest(image, among, limit)]


def most_alike(image: Image, among: QuerySet[Image], limit: int) -> list[Neighbour]:
    """The same as ``nearest_among``, with their rows and how near they are."""
    found = _nearest_newest(image, among, limit)
    images = among.select_related("label").in_bulk([image_id for _, image_id in found])
    return [Neighbour(images[key], cosine) for cosine, key in found if key in images]


def _nearest_newest(image: Image, among: QuerySet[Image], limit: int) -> list[tuple[float, UUID]]:
    stored = _stored()
    mine = stored.filter(image=image).first()
    if mine is None:
        return []
    newest = among.order_by("-received_at").values("pk")[:MOST_COMPARED]
    return _nearest(mine, stored.filter(image__in=newest), limit)


def _stored() -> QuerySet[Embedding]:
    """What the network that answers now saw; nothing while none does."""
    version = production_version()
    if version is None:
        return Embedding.objects.none()
    return Embedding.objects.filter(backbone_digest=version.backbone_digest)


def _nearest(mine: Embedding, others: QuerySet[Embedding], limit: int) -> list[tuple[float, UUID]]:
    """The ``limit`` best (cosine, picture), the best first; looks at every one of ``others``."""
    best: list[tuple[float, UUID]] = []
    for ids, cosines in _cosines(np.frombuffer(mine.vector, STORED), others):
        top = np.argsort(cosines)[-limit:]
        near = [(float(cosines[i]), ids[i]) for i in top if cosines[i] >= NEAR]
        best = nlargest(limit, best + near)
    return best


def _cosines(
    vector: Vectors, others: QuerySet[Embedding]
) -> Iterator[tuple[list[UUID], npt.NDArray[np.float64]]]:
    """Cosines of ``vector`` (D,) with all others, block by block."""
    # Who may be seen is asked once; asked with each block, it would cost more than all the rest.
    wanted = list(others.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(wanted), BLOCK):
        block = Embedding.objects.filter(pk__in=wanted[start : start + BLOCK])
        rows = list(block.values_list("image_id", "vector"))
        if rows:
            matrix = np.frombuffer(b"".join(row[1] for row in rows), STORED)
            yield [row[0] for row in rows], _cosine(matrix.reshape(len(rows), -1), vector)


def _cosine(matrix: Vectors, vector: Vectors) -> npt.NDArray[np.float64]:
    lengths = np.linalg.norm(matrix, axis=1) * np.linalg.norm(vector)
    return np.asarray((matrix @ vector) / np.maximum(lengths, np.finfo(np.float32).tiny))
