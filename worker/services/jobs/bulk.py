"""What is done to many pictures at once, each by the same service as one picture alone.

The permission is checked for each picture, when its turn comes. An undo reverts exactly what the
first job did, and refuses what has changed since.
"""

from typing import Any
from uuid import UUID

from labelling.errors import Conflict, NotFound
from labelling.models import QueueItem, Review, User
from labelling.permissions import reviewers
from labelling.services.deletion import bin_image, restore_image
from labelling.services.review import lock_image, record_review, retract_review
from labelling.services.turns import assign_image, withdraw_assignment
from worker.models import JobItem
from worker.services.jobs.items import for_each_item
from worker.services.jobs.work import Ending, Work

Undo = dict[str, Any]


def review(work: Work) -> Ending:
    """Vote ``options["answer"]`` on each; or take those very votes back."""
    if work.job.undoes_id:
        return for_each_item(work, _retract, did="taken back")
    answer = work.job.options.get("answer", "")

    def vote(image_id: UUID, item: JobItem, by: User) -> Undo:
        return {"review": record_review(image_id=image_id, reviewer=by, answer=answer).pk}

    return for_each_item(work, vote, did="reviewed")


def assign(work: Work) -> Ending:
    """Put each before ``options["to"]``; or withdraw that where it still stands."""
    if work.job.undoes_id:
        return for_each_item(work, _withdraw, did="withdrawn")

    def ask(image_id: UUID, item: JobItem, by: User) -> Undo | None:
        to = User.objects.filter(pk=work.job.options.get("to")).first()
        if to is None:
            raise NotFound("The reviewer has no account any more.")
        before = QueueItem.objects.filter(image=image_id).values_list("assigned_to", flat=True)
        asked_before = before.first()
        assign_image(image_id=image_id, to=to, by=by)
        return None if asked_before == to.pk else {"to": to.pk, "before": asked_before}

    return for_each_item(work, ask, did="assigned", unchanged="assigned before")


def delete(work: Work) -> Ending:
    """Move each to the bin."""

    def put(image_id: UUID, item: JobItem, by: User) -> Undo:
        image = bin_image(image_id=image_id, by=by)
        assert image.deleted_at is not None
        return {"since": image.deleted_at.isoformat()}

    return for_each_item(work, put, did="moved to the bin")


def restore(work: Work) -> Ending:
    """Take each out of the bin."""
    return for_each_item(work, _restore, did="restored")


def _retract(image_id: UUID, item: JobItem, by: User) -> Undo:
    lock_image(image_id)
    mine = Review.objects.standing().filter(image=image_id, reviewer=by)
    newest = mine.order_by("-created_at", "-pk").values_list("pk", flat=True).first()
    if newest != item.undo.get("review"):
        raise Conflict("Your answer on this picture has changed since.")
    retract_review(image_id=image_id, reviewer=by)
    return {}


def _withdraw(image_id: UUID, item: JobItem, by: User) -> Undo:
    to = User.objects.filter(pk=item.undo.get("to")).first()
    if to is None:
        raise Conflict("The reviewer has no account any more.")
    withdraw_assignment(image_id=image_id, of=to, by=by, instead=_asked_before(image_id, item))
    return {}


def _asked_before(image_id: UUID, item: JobItem) -> User | None:
    """Who was; None where they review no more, or have decided on it since."""
    before = reviewers().filter(pk=item.undo.get("before")).first()
    lock_image(image_id)  # a vote comes before this or after it
    voted = Review.objects.standing().filter(image=image_id, reviewer=before)
    return None if voted.exists() else before


def _restore(image_id: UUID, item: JobItem, by: User) -> Undo:
    since, image = item.undo.get("since"), lock_image(image_id)
    if since and (image.deleted_at is None or image.deleted_at.isoformat() != since):
        raise Conflict("This picture has left the bin since, or came back to it anew.")
    restore_image(image_id=image_id, by=by)
    return {}
