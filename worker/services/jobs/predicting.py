"""Letting the version that answers judge pictures anew that somebody chose."""

from uuid import UUID

from django.utils import timezone

from classifier.serving import serving_detector
from labelling.errors import Conflict, NotFound
from labelling.models import Image, User
from labelling.permissions import check_may_administer
from worker.models import JobItem
from worker.services.inference import examine, is_predicted
from worker.services.jobs.items import for_each_item, requester
from worker.services.jobs.work import Ending, Work

UNREADABLE = "The stored original cannot be read."


def predict_anew(work: Work) -> Ending:
    """Examine each with the version that answers; also what had failed before.

    What that version has judged stays: it would say the same. Raises NoModel.
    """
    check_may_administer(requester(work.job))
    serving_detector()

    def judge(image_id: UUID, item: JobItem, by: User) -> dict[str, str] | None:
        check_may_administer(by)
        image = Image.objects.filter(pk=image_id, deleted_at__isnull=True).first()
        if image is None:
            raise NotFound("There is no such picture, or it lies in the bin.")
        version, detector = serving_detector()
        if is_predicted(image, version):
            return None
        # Waiting, so that a failure can be written down; sent, so that nobody else begins with it.
        Image.objects.filter(pk=image.pk, state=Image.State.FAILED).update(
            state=Image.State.WAITING, sent_at=timezone.now()
        )
        if not examine(image, version, detector):
            image.refresh_from_db()
            raise Conflict(image.failure or UNREADABLE)
        return {"version": str(version.number)}

    return for_each_item(
        work, judge, did="judged anew", unchanged="judged by this version before", held=False
    )
