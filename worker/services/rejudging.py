"""After a promotion the stored pictures get the new version's verdict, a batch at a time.

Those that wait for a reviewer come first: the queue's order hangs on what is said of them.
"""

import logging

import numpy as np
from django.db.models import Exists, F, OuterRef, QuerySet

from classifier.detector.detector import Detector
from classifier.detector.scoring import Score, Scorer
from classifier.errors import NoModel
from classifier.models import ModelVersion
from classifier.serving import serving_detector
from labelling.models import Embedding, Image, Prediction
from labelling.services.findings import FLOAT32, record_scores
from worker.services.chain import Chain
from worker.services.inference import examine

log = logging.getLogger(__name__)

# One task judges so many pictures, then lets those that people wait for go first.
STORED_BATCH = 500
DECODED_BATCH = 10
# Where a picture stands that is decoded anew; first those on which people still decide.
OPEN, SETTLED = "open", "settled"


def unjudged(version: ModelVersion) -> QuerySet[Image]:
    """Classified pictures of which ``version`` has said nothing yet, in no order."""
    said = Prediction.objects.filter(image=OuterRef("pk"), version=version)
    present = Image.objects.filter(state=Image.State.CLASSIFIED, deleted_at__isnull=True)
    return present.filter(~Exists(said)).order_by()


def chain_of(version_id: int) -> Chain:
    return Chain("predict_anew", version_id)


def start_predicting_anew(*, version_id: int) -> None:
    """Start the chain of batches for a version, unless one is moving already."""
    chain_of(version_id).start()


def predict_batch(*, version_id: int, after: str = "") -> None:
    """Judge one batch anew and send the task again while there is more to judge.

    ``after`` is where the last picture stands that was decoded, so that one that cannot be read
    any more does not hold up the others.
    """
    try:
        version, detector = serving_detector()
    except NoModel as error:
        log.warning("The stored pictures wait for their new verdicts: %s", error.message)
        return
    if version.pk != version_id:  # another version was promoted meanwhile and has its own chain
        return
    chain = chain_of(version_id)
    if judge_stored(version, detector):
        chain.go_on(after)
    elif last := judge_decoded(version, detector, after):
        chain.go_on(last)
    else:
        chain.rest()


def judge_stored(version: ModelVersion, detector: Scorer) -> int:
    """Judge pictures by their stored embeddings; nothing is decoded. Returns how many."""
    stored = Embedding.objects.filter(
        backbone_digest=version.backbone_digest,
        image__in=unjudged(version).values("pk"),
    ).order_by(F("image__label__pk").asc(nulls_first=True), "-image__received_at", "pk")
    batch = stored.select_related("image")[:STORED_BATCH]
    scores = {row.image_id: score_again(row, detector) for row in batch}
    record_scores(version=version, scores=scores)
    return len(scores)


def score_again(row: Embedding, scorer: Scorer) -> Score:
    """Score a stored embedding with the same doubts as when the picture itself was looked at."""
    return scorer.score(
        np.frombuffer(row.vector, FLOAT32),
        disagreement=row.disagreement,
        short_side=min(row.image.width, row.image.height),
    )


def judge_decoded(version: ModelVersion, detector: Detector, after: str) -> str:
    """Judge pictures that another backbone saw last, from their originals.

    Returns where the last one stands, as ``open:<id>`` or ``settled:<id>``; empty at the end.
    """
    place, _, last = after.partition(":")
    for part in (SETTLED,) if place == SETTLED else (OPEN, SETTLED):
        left = unjudged(version).filter(label__isnull=part == OPEN).order_by("pk")
        images = list((left.filter(pk__gt=last) if last else left)[:DECODED_BATCH])
        for image in images:
            examine(image, version, detector)
        if images:
            return f"{part}:{images[-1].pk}"
        last = ""
    return ""
