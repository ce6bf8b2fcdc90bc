"""What a challenger in shadow is compared on: the site's own pictures, the newest first.

Those that came meanwhile and those that are stored, as long as neither version has learned from
them. The champion's finding is always out before.
"""

import logging
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from classifier.detector.detector import Detector
from classifier.detector.scoring import Score
from classifier.errors import PictureRefused
from classifier.models import ModelVersion
from classifier.serving import detector_of, scorer_of
from labelling.errors import NotFound
from labelling.models import Embedding, Image, Prediction
from labelling.originals import read_original
from labelling.services.findings import record_embedding
from labelling.services.places import note_challenged
from worker.models import ShadowPair, ShadowTrial, SnapshotItem, TrainingRun
from worker.services.rejudging import score_again

log = logging.getLogger(__name__)

LOOKS = 10  # originals that one task looks at, where the challenger has a network of its own


def same_network(trial: ShadowTrial) -> bool:
    return trial.version.backbone_digest == trial.champion.backbone_digest


def candidates(trial: ShadowTrial) -> QuerySet[Image]:
    """Pictures that the champion has judged and no version learned from, the newest first."""
    judged = Prediction.objects.filter(image=OuterRef("pk"), version=trial.champion)
    compared = ShadowPair.objects.filter(image=OuterRef("pk"), trial=trial)
    learned = SnapshotItem.objects.filter(
        Q(snapshot__runs__version=trial.version)
        | Q(snapshot__runs__state=TrainingRun.State.PROMOTED),
        image=OuterRef("pk"),
        use=SnapshotItem.Use.TRAIN,
    )
    return Image.objects.filter(
        Exists(judged),
        ~Exists(compared),
        ~Exists(learned),
        state=Image.State.CLASSIFIED,
        deleted_at__isnull=True,
    ).order_by("-received_at", "pk")


def missing(trial: ShadowTrial) -> int:
    """How many pictures are still wanted."""
    return max(0, trial.wanted - trial.pairs.count())


def compare_stored(trial: ShadowTrial) -> None:
    """Score stored embeddings as the challenger does: no picture is decoded, no network runs."""
    stored = Embedding.objects.filter(
        backbone_digest=trial.version.backbone_digest, image__in=candidates(trial).order_by()
    )
    newest = stored.select_related("image").order_by("-image__received_at", "pk")
    rows = list(newest[: missing(trial)])
    if not rows:
        return
    scorer = scorer_of(trial.version)
    keep_pairs(trial, {row.image_id: score_again(row, scorer) for row in rows})


def keep_pairs(trial: ShadowTrial, scores: Mapping[UUID, Score]) -> None:
    """Write down what both say of each picture; what is there already stands.

    Where their verdicts differ people look sooner, without being told who said what.
    """
    said = list(Prediction.objects.filter(version=trial.champion, image__in=scores))
    ShadowPair.objects.bulk_create(
        [
            ShadowPair(
                trial=trial,
                image_id=prediction.image_id,
                champion_verdict=prediction.verdict,
                champion_probability=prediction.probability_ai,
                verdict=scores[prediction.image_id].verdict.value,
                probability=scores[prediction.image_id].probability_ai,
            )
            for prediction in said
        ],
        ignore_conflicts=True,
    )
    differ = [one.image_id for one in said if one.verdict != scores[one.image_id].verdict.value]
    note_challenged(image_ids=differ)


def look_again(trial: ShadowTrial, before: str) -> str:
    """Look at some originals with the challenger's own network; returns when the last one came.

    Only the embedding is stored. Nothing where the network is the champion's: that one has looked.
    """
    if same_network(trial):
        return ""
    seen = Embedding.objects.filter(
        image=OuterRef("pk"), backbone_digest=trial.version.backbone_digest
    )
    unseen = candidates(trial).filter(~Exists(seen))
    if before:
        unseen = unseen.filter(received_at__lt=datetime.fromisoformat(before))
    images = list(unseen[: min(LOOKS, missing(trial))])
    if images:
        detector = detector_of(trial.version)
        for image in images:
            embed(image, trial.version, detector)
    return images[-1].received_at.isoformat() if images else ""


def embed(image: Image, version: ModelVersion, detector: Detector) -> None:
    """Store what the network sees in one picture; one that cannot be had is left out."""
    try:
        finding = detector.examine(read_original(image))
    except (PictureRefused, NotFound) as error:
        log.warning("%s is not compared: %s", image, error.message)
    else:
        record_embedding(image_id=image.pk, version=version, finding=finding)
