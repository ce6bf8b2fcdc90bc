"""No run of near twins: whoever has just answered one learns, and teaches, little by the next."""

from collections.abc import Sequence
from uuid import UUID

import numpy as np
import numpy.typing as npt

from classifier.models import ModelVersion
from labelling.models import Embedding, Image, Review
from labelling.models.prediction import FLOAT32

# Pictures whose embeddings point the same way, seen from the middle of those that wait.
TWINS = 0.9
RECENT = 32  # the newest answers, anybody's, beside which a twin stands back
Vectors = npt.NDArray[np.float32]


def varied(ranked: Sequence[Image], version: ModelVersion, limit: int) -> list[Image]:
    """The first ``limit`` of these, near twins of earlier or just answered ones put behind.

    The order is the given one else, and always the same for the same answers.
    """
    recent = recently_answered()
    vectors = unit_vectors([*(image.pk for image in ranked), *recent], version)
    seen = [(pk, vectors[pk]) for pk in recent if pk in vectors]
    first: list[Image] = []
    behind: list[Image] = []
    for image in ranked:
        if len(first) == limit:
            break
        vector = vectors.get(image.pk)
        if vector is None:
            first.append(image)
            continue
        twin = any(pk != image.pk and float(vector @ other) >= TWINS for pk, other in seen)
        (behind if twin else first).append(image)
        seen.append((image.pk, vector))
    return [*first, *behind][:limit]


def recently_answered() -> list[UUID]:
    newest = Review.objects.order_by("-pk").values_list("image_id", flat=True)[:RECENT]
    return list(dict.fromkeys(newest))


def unit_vectors(image_ids: Sequence[UUID], version: ModelVersion) -> dict[UUID, Vectors]:
    """What the version's network saw in each, (D,), standardised over these and of length one."""
    rows = Embedding.objects.filter(
        backbone_digest=version.backbone_digest, image__in=set(image_ids)
    ).values_list("image_id", "vector")
    stored = {image_id: np.frombuffer(vector, FLOAT32) for image_id, vector in rows}
    if not stored:
        return {}
    both = np.stack(list(stored.values()))
    standard = (both - both.mean(axis=0)) / (both.std(axis=0) + 1e-6)
    length = np.linalg.norm(standard, axis=1, keepdims=True)
    return dict(zip(stored, standard / np.maximum(length, 1e-6), strict=True))
