"""What the site knows of some pictures, as the columns in which drift is looked for."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import numpy as np

from classifier.detector.decoding import CONTENT_TYPES
from classifier.models import ModelVersion
from classifier.monitoring.pictures import Pictures
from labelling.models import Embedding, Image, Label, Review, Submission
from labelling.models.prediction import FLOAT32
from labelling.site_agreement import blind_votes

KINDS = {content_type: kind for kind, (content_type, _) in CONTENT_TYPES.items()}
Known = Mapping[UUID, Any]


def columns_of(image_ids: Sequence[UUID], version: ModelVersion) -> Pictures:
    """The pictures in this order, as ``version`` judged them; six queries, however many.

    All must have a prediction and an embedding of that version. Whose label it is: the
    adjudicator's or else the first person's whose word counts.
    """
    facts = _facts(image_ids, version)
    rows = [facts[image_id] for image_id in image_ids]
    labels, sources, agreed = _labels(image_ids), _deciders(image_ids), _agreed(image_ids)
    return Pictures(
        containers=np.array([KINDS.get(row["content_type"], "") for row in rows], np.str_),
        widths=_numbers([row["width"] for row in rows]),
        heights=_numbers([row["height"] for row in rows]),
        qualities=_numbers([row["jpeg_quality"] or None for row in rows]),
        channels=_words(_channels(image_ids), image_ids),
        embeddings=_embeddings(image_ids, version),
        probabilities=_numbers([row["predictions__probability_ai"] for row in rows]),
        verdicts=np.array([row["predictions__verdict"] for row in rows], np.str_),
        labels=_words(labels, image_ids),
        label_sources=_words({one: sources.get(one, "") for one in labels}, image_ids),
        audited=np.array([row["audit"] for row in rows], np.bool_),
        agreed=_numbers([agreed.get(image_id) for image_id in image_ids]),
    )


def _facts(image_ids: Sequence[UUID], version: ModelVersion) -> Known:
    rows = Image.objects.filter(pk__in=image_ids, predictions__version=version).order_by()
    columns = ("content_type", "width", "height", "jpeg_quality", "audit")
    said = ("predictions__probability_ai", "predictions__verdict")
    return {row["pk"]: row for row in rows.values("pk", *columns, *said)}


def _embeddings(image_ids: Sequence[UUID], version: ModelVersion) -> np.ndarray[Any, Any]:
    rows = Embedding.objects.filter(
        image__in=image_ids, backbone_digest=version.backbone_digest
    ).values_list("image_id", "vector")
    vectors = {image_id: np.frombuffer(vector, FLOAT32) for image_id, vector in rows}
    return np.array([vectors[image_id] for image_id in image_ids]).reshape(len(image_ids), -1)


def _channels(image_ids: Sequence[UUID]) -> Known:
    """How each came the first time."""
    rows = Submission.objects.filter(image__in=image_ids).order_by("-created_at", "-pk")
    return dict(rows.values_list("image_id", "channel"))


def _labels(image_ids: Sequence[UUID]) -> Known:
    return dict(Label.objects.filter(image__in=image_ids).values_list("image_id", "value"))


def _deciders(image_ids: Sequence[UUID]) -> Known:
    """The later one overwrites the earlier one: adjudicators last, and of the others the first."""
    votes = Review.objects.deciding().filter(image__in=image_ids)
    rows = votes.order_by("adjudicates", "-created_at", "-pk")
    return dict(rows.values_list("image_id", "reviewer__username"))


def _agreed(image_ids: Sequence[UUID]) -> dict[UUID, float]:
    """1 where all who decided unseen by each other said the same, 0 where not; two at least."""
    said: defaultdict[UUID, list[str]] = defaultdict(list)
    votes = blind_votes(None).filter(image__in=image_ids).order_by()
    for image_id, answer in votes.values_list("image_id", "answer"):
        said[image_id].append(answer)
    return {one: float(len(set(all_)) == 1) for one, all_ in said.items() if len(all_) > 1}


def _numbers(values: Sequence[float | None]) -> np.ndarray[Any, Any]:
    return np.array([np.nan if value is None else value for value in values], np.float64)


def _words(known: Known, image_ids: Sequence[UUID]) -> np.ndarray[Any, Any]:
    return np.array([known.get(image_id, "") for image_id in image_ids], np.str_)
