"""Writing down what the detector found."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from classifier.detector.detector import Finding, Score
from classifier.detector.fingerprint import Grey
from classifier.detector.provenance import Clue
from classifier.models import ModelVersion
from labelling.announcements import image_examined
from labelling.audit import place_by_chance
from labelling.models import Embedding, Evidence, Fingerprint, Image, Prediction
from labelling.models.prediction import FLOAT32 as STORED
from labelling.services.places import refresh_places

FLOAT32 = STORED


@transaction.atomic
def record_finding(
    *,
    image_id: UUID,
    version: ModelVersion,
    finding: Finding,
    clues: Sequence[Clue] | None = None,
) -> Prediction:
    """Store embedding, fingerprint and the prediction of ``version``; the first said stands.

    ``clues`` is what the picture's file says of its origin; None where nobody looked, and then
    what is stored of it stays.
    """
    record_embedding(image_id=image_id, version=version, finding=finding)
    if finding.grey is not None:
        record_fingerprint(image_id=image_id, grey=finding.grey)
    if clues is not None:
        record_evidence(image_id=image_id, clues=clues)
    first = Image.objects.filter(pk=image_id).exclude(state=Image.State.CLASSIFIED)
    examined = first.update(state=Image.State.CLASSIFIED, failure="", failure_code="")
    prediction = record_score(image_id=image_id, version=version, score=finding)
    if examined:
        image_examined.send(sender=None, image_id=image_id)
    return prediction


def record_embedding(*, image_id: UUID, version: ModelVersion, finding: Finding) -> None:
    """Store what the network of ``version`` saw in a picture; no verdict is stored with it.

    The first stands; a row from before disagreement was measured gets it.
    """
    row, made = Embedding.objects.get_or_create(
        image_id=image_id,
        backbone_digest=version.backbone_digest,
        defaults={
            "vector": finding.embedding.astype(FLOAT32).tobytes(),
            "disagreement": finding.disagreement,
        },
    )
    if not made and row.disagreement is None and finding.disagreement is not None:
        Embedding.objects.filter(pk=row.pk).update(disagreement=finding.disagreement)


def record_fingerprint(*, image_id: UUID, grey: Grey) -> None:
    """Store the small grey copy of a picture; it belongs to the bytes, so the first stands."""
    Fingerprint.objects.get_or_create(image_id=image_id, defaults={"grey": grey.tobytes()})


@transaction.atomic
def record_evidence(*, image_id: UUID, clues: Sequence[Clue]) -> None:
    """Let this reading of the file take the place of an earlier one, if it reads otherwise."""
    Image.objects.filter(pk=image_id).update(evidence_read_at=timezone.now())
    stored = Evidence.objects.filter(image=image_id)
    read = [asdict(clue) for clue in clues]
    if list(stored.values(*Clue.__dataclass_fields__)) == read:
        return
    stored.delete()
    Evidence.objects.bulk_create(
        [Evidence(image_id=image_id, place=place, **clue) for place, clue in enumerate(read)],
        ignore_conflicts=True,  # another worker may be writing the same at this moment
    )
    refresh_places(image_ids=[image_id])


@transaction.atomic
def record_score(*, image_id: UUID, version: ModelVersion, score: Score) -> Prediction:
    """Store what ``version`` says of a picture; one row for each picture and version."""
    places = draw_places([image_id])
    prediction, _ = Prediction.objects.get_or_create(
        image_id=image_id, version=version, defaults=_columns(score) | places.get(image_id, {})
    )
    refresh_places(image_ids=[image_id])
    return prediction


@transaction.atomic
def record_scores(*, version: ModelVersion, scores: Mapping[UUID, Score]) -> None:
    """Store what ``version`` says of many pictures at once; what is said already stands."""
    places = draw_places(scores)
    Prediction.objects.bulk_create(
        [
            Prediction(
                image_id=image_id,
                version=version,
                **_columns(score) | places.get(image_id, {}),
            )
            for image_id, score in scores.items()
        ],
        ignore_conflicts=True,
    )
    refresh_places(image_ids=scores)


def _columns(score: Score) -> dict[str, Any]:
    return {
        "probability_ai": score.probability_ai,
        "logit": score.logit,
        "verdict": score.verdict.value,
        "reasons": [reason.value for reason in score.reasons],
        "priority": score.priority,
        "novelty": score.novelty,
    }


def draw_places(image_ids: Collection[UUID]) -> dict[UUID, dict[str, float]]:
    """Give the pictures of the audit sample among these a place in the queue by chance.

    What is asked first by its score would not be a sample of what came in.
    """
    sample = Image.objects.filter(pk__in=image_ids, audit=True).values_list("pk", "sha256")
    return {pk: {"priority": place_by_chance(digest)} for pk, digest in sample}


@transaction.atomic
def record_failure(*, image_id: UUID, code: str, message: str) -> None:
    """Give a picture up, in words; a finding that is already there is left alone."""
    given_up = Image.objects.filter(pk=image_id, state=Image.State.WAITING).update(
        state=Image.State.FAILED, failure_code=code, failure=message[:300]
    )
    refresh_places(image_ids=[image_id])
    if given_up:
        image_examined.send(sender=None, image_id=image_id)
