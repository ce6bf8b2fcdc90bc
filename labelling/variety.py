"""No run of near twins: whoever has just answered one learns, and teaches, little by the next."""

from collections.abc import Collection, Sequence
from uuid import UUID

import numpy as np
import numpy.typing as npt

from classifier.models import ModelVersion
from labelling.models import Embedding, Review, Showing
from labelling.models.prediction import FLOAT32

# Pictures whose embeddings point the same way, seen from the middle of those that wait.
TWINS = 0.9
RECENT = 32  # the newest turns, anybody's, beside which a twin stands back
Vectors = npt.NDArray[np.float32]


class Eyes:
    """What the network of the version that answers saw; each picture's vector is read once."""

    def __init__(self) -> None:
        self._stored: dict[UUID, Vectors | None] = {}

    def varied(self, ranked: Sequence[UUID], recent: Sequence[UUID], limit: int) -> list[UUID]:
        """The first ``limit`` of the pictures, near twins of earlier or recent ones put behind.

        The order is the given one else, and always the same for the same pictures.
        """
        vectors = self._unit_vectors([*ranked, *recent])
        seen = [(pk, vectors[pk]) for pk in recent if pk in vectors]
        first: list[UUID] = []
        behind: list[UUID] = []
        for image_id in ranked:
            if len(first) == limit:
                break
            vector = vectors.get(image_id)
            if vector is None:
                first.append(image_id)
                continue
            twin = any(pk != image_id and float(vector @ other) >= TWINS for pk, other in seen)
            (behind if twin else first).append(image_id)
            seen.append((image_id, vector))
        return [*first, *behind][:limit]

    def _unit_vectors(self, image_ids: Collection[UUID]) -> dict[UUID, Vectors]:
        """The pictures' vectors (D,), standardised over these and of length one."""
        self._read(image_ids)
        found = ((pk, self._stored[pk]) for pk in dict.fromkeys(image_ids))
        stored = {pk: vector for pk, vector in found if vector is not None}
        if not stored:
            return {}
        both = np.stack(list(stored.values()))
        standard = (both - both.mean(axis=0)) / (both.std(axis=0) + 1e-6)
        length = np.linalg.norm(standard, axis=1, keepdims=True)
        return dict(zip(stored, standard / np.maximum(length, 1e-6), strict=True))

    def _read(self, image_ids: Collection[UUID]) -> None:
        missing = [image_id for image_id in image_ids if image_id not in self._stored]
        self._stored |= dict.fromkeys(missing)
        if not missing:
            return
        live = ModelVersion.objects.filter(state=ModelVersion.State.PRODUCTION)
        rows = Embedding.objects.filter(
            backbone_digest__in=live.values("backbone_digest"), image__in=missing
        ).values_list("image_id", "vector")
        self._stored |= {image_id: np.frombuffer(vector, FLOAT32) for image_id, vector in rows}


def recently_handed_out() -> list[UUID]:
    """The pictures of the newest turns, whoever took them and whatever came of it."""
    newest = Showing.objects.order_by("-turn").values_list("image_id", flat=True)[:RECENT]
    return list(newest)


def recently_answered() -> list[UUID]:
    newest = Review.objects.order_by("-pk").values_list("image_id", flat=True)[:RECENT]
    return list(dict.fromkeys(newest))
