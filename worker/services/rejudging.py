"""After a promotion the stored pictures get the new version's verdict, a batch at a time."""

import logging

import numpy as np
from django.core.cache import cache
from django.db.models import Exists, OuterRef, QuerySet

from classifier.detector.detector import Detector, Score
from classifier.errors import NoModel
from classifier.models import ModelVersion
from classifier.serving import serving_detector
from labelling.models import Embedding, Image, Prediction
from labelling.services.findings import FLOAT32, record_scores
from worker.broker import send
from worker.services.inference import examine

log = logging.getLogger(__name__)

# One task judges so many pictures, then lets those that people wait for go first.
STORED_BATCH = 500
DECODED_BATCH = 10
# A chain of batches that has not moved for so long is taken for dead; one that is through
# is started again no sooner than this, whatever is left over.
CHAIN_ALIVE = 120  # seconds
CHAIN_RESTS = 30


def unjudged(version: ModelVersion) -> QuerySet[Image]:
    """Classified pictures of which ``version`` has said nothing yet, in a stable order."""
    said = Prediction.objects.filter(image=OuterRef("pk"), version=version)
    return Image.objects.filter(~Exists(said), state=Image.State.CLASSIFIED).order_by("pk")


def chain_key(version_id: int) -> str:
    return f"predicting-anew:{version_id}"


def start_predicting_anew(*, version_id: int) -> None:
    """Start the chain of batches for a version, unless one is moving already."""
    try:
        alone = cache.add(chain_key(version_id), 1, CHAIN_ALIVE)
    except Exception as error:  # the cache's server is the broker's: the sweeper comes back to it
        log.warning("The stored pictures wait for their new verdicts: %s", error)
        return
    if alone:
        continue_chain(version_id)


def continue_chain(version_id: int, after: str = "") -> None:
    cache.set(chain_key(version_id), 1, CHAIN_ALIVE)
    if not send("predict_anew", version_id, after):
        cache.delete(chain_key(version_id))


def predict_batch(*, version_id: int, after: str = "") -> None:
    """Judge one batch anew and send the task again while there is more to judge.

    ``after`` is the id of the last picture that was decoded, so that one that cannot be read any
    more does not hold up the others.
    """
    try:
        version, detector = serving_detector()
    except NoModel as error:
        log.warning("The stored pictures wait for their new verdicts: %s", error.message)
        return
    if version.pk != version_id:  # another version was promoted meanwhile and has its own chain
        return
    if judge_stored(version, detector):
        continue_chain(version_id, after)
    elif last := judge_decoded(version, detector, after):
        continue_chain(version_id, last)
    else:
        cache.set(chain_key(version_id), 1, CHAIN_RESTS)


def judge_stored(version: ModelVersion, detector: Detector) -> int:
    """Judge pictures by their stored embeddings; nothing is decoded. Returns how many."""
    stored = Embedding.objects.filter(
        backbone_digest=version.backbone_digest,
        image__in=unjudged(version).values("pk"),
    )
    batch = stored.order_by("pk").select_related("image")[:STORED_BATCH]
    scores = {row.image_id: score_again(row, detector) for row in batch}
    record_scores(version=version, scores=scores)
    return len(scores)


def score_again(row: Embedding, detector: Detector) -> Score:
    """Score a stored embedding with the same doubts as when the picture itself was looked at."""
    return detector.score(
        np.frombuffer(row.vector, FLOAT32),
        disagreement=row.disagreement,
        short_side=min(row.image.width, row.image.height),
    )


def judge_decoded(version: ModelVersion, detector: Detector, after: str) -> str:
    """Judge pictures that another backbone saw last, from their originals. Returns the last id."""
    left = unjudged(version)
    last = ""
    for image in (left.filter(pk__gt=after) if after else left)[:DECODED_BATCH]:
        examine(image, version, detector)
        last = str(image.pk)
    return last
