"""Getting a finding for each picture that waits: sent to a worker, and classified there."""

import logging
from collections.abc import Callable, Iterable
from datetime import timedelta
from uuid import UUID

from django.core.cache import cache
from django.db.models import Q
from django.utils import timezone

from classifier.detector.detector import Detector
from classifier.detector.provenance import read_provenance
from classifier.errors import NoModel, PictureRefused
from classifier.models import ModelVersion
from classifier.serving import serving_detector
from labelling.errors import NotFound
from labelling.models import Image, Prediction
from labelling.originals import read_original
from labelling.services.findings import record_failure, record_finding
from worker.broker import send
from worker.services.failures import examine_counted, note_unloadable

log = logging.getLogger(__name__)

RESEND_AFTER = timedelta(seconds=60)
ATTEMPTS = 5  # a picture on which workers die this often is given up
ATTEMPTS_REMEMBERED = 24 * 3600  # seconds


def due() -> Q:
    """Pictures that wait and are on no queue, or have been for suspiciously long.

    What lies in the bin waits for nothing.
    """
    late = Q(sent_at__isnull=True) | Q(sent_at__lt=timezone.now() - RESEND_AFTER)
    return Q(state=Image.State.WAITING, deleted_at__isnull=True) & late


def send_waiting(*, image_ids: Iterable[UUID]) -> int:
    """Put pictures on the queue and return how many went.

    1. Claim each by a conditional UPDATE, so that of two senders one sends.
    2. Send it.
    3. Where the broker does not answer, give the claim back and stop.
    """
    sent = 0
    for image_id in image_ids:
        if not Image.objects.filter(due(), pk=image_id).update(sent_at=timezone.now()):
            continue
        if not send("classify", str(image_id)):
            Image.objects.filter(pk=image_id).update(sent_at=None)
            break
        sent += 1
    return sent


def classify_image(*, image_id: UUID) -> None:
    """Store what the version in production says of a picture. Safe to run twice.

    Without a version the picture stays waiting, and the sweeper sends it again.
    """
    wanted = Image.objects.filter(pk=image_id, deleted_at__isnull=True)
    image = wanted.exclude(state=Image.State.FAILED).first()
    if image is None:
        return
    try:
        version, detector = serving_detector()
    except NoModel as error:
        log.warning("%s waits: %s", image, error.message)
        note_unloadable(error)
        return
    if is_predicted(image, version) or gave_up(image):
        return
    examine(image, version, detector)
    forget_attempts(image)


def is_predicted(image: Image, version: ModelVersion) -> bool:
    return (
        image.state == Image.State.CLASSIFIED
        and Prediction.objects.filter(image=image, version=version).exists()
    )


def examine(
    image: Image,
    version: ModelVersion,
    detector: Detector,
    *,
    read: Callable[[], bytes] | None = None,
) -> bool:
    """Store what the detector finds in the original, and what its file says of its origin.

    ``read`` gives the original where somebody has fetched it already. False where the picture
    cannot be had, which is then said on the row.
    """
    try:
        original = read() if read else read_original(image)
        finding = examine_counted(original, version, detector)
    except PictureRefused as error:
        record_failure(image_id=image.pk, code=error.code, message=error.message)
    except NotFound:
        log.error("The original of %s is not in the storage.", image)
        record_failure(
            image_id=image.pk,
            code="original_missing",
            message="The stored original cannot be found. Please upload the picture again.",
        )
    else:
        clues = read_provenance(original)
        record_finding(image_id=image.pk, version=version, finding=finding, clues=clues)
        return True
    return False


def attempts_key(image: Image) -> str:
    return f"attempts:{image.pk}"


def gave_up(image: Image) -> bool:
    """Count this attempt; a picture that kills its worker each time must not do so for ever."""
    try:
        cache.add(attempts_key(image), 0, ATTEMPTS_REMEMBERED)
        attempts = cache.incr(attempts_key(image))
    except Exception as error:  # to count is a precaution; without it we go on
        log.warning("The attempts on %s are not counted: %s", image, error)
        return False
    if attempts <= ATTEMPTS:
        return False
    log.error("%s was tried %d times without an end; it is given up.", image, ATTEMPTS)
    record_failure(
        image_id=image.pk,
        code="gave_up",
        message=f"We tried {ATTEMPTS} times and could not finish with this picture. "
        "Your upload is safe; your administrator finds the reason in the log.",
    )
    forget_attempts(image)
    return True


def forget_attempts(image: Image) -> None:
    try:
        cache.delete(attempts_key(image))
    except Exception as error:  # it is forgotten by itself after a day
        log.warning("The attempts on %s are still counted: %s", image, error)
