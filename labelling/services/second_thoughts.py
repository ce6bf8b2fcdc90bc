"""Changing one's mind about a picture: answer anew, or take back and look once more."""

from uuid import UUID

from django.db import transaction

from labelling.models import Review, Showing, User
from labelling.permissions import check_may_review
from labelling.services.flags import withdraw_flag
from labelling.services.review import record_review, retract_review
from labelling.services.turns import take_turns


@transaction.atomic
def answer_anew(
    *, image_id: UUID, reviewer: User, answer: str, seconds: float | None = None
) -> Review:
    """Put another answer in the place of the one that stands; all or nothing.

    Raises what ``retract_review`` and ``record_review`` do.
    """
    retract_review(image_id=image_id, reviewer=reviewer)
    return record_review(image_id=image_id, reviewer=reviewer, answer=answer, seconds=seconds)


@transaction.atomic
def take_back(*, image_id: UUID, reviewer: User) -> None:
    """Take back this reviewer's answer, skip or flag, and put the picture before them again.

    Where nothing is to be taken back, nothing changes, so it is safe to ask twice.
    """
    check_may_review(reviewer)
    if Review.objects.standing().filter(image=image_id, reviewer=reviewer).exists():
        retract_review(image_id=image_id, reviewer=reviewer)
    withdraw_flag(reviewer=reviewer, image_id=image_id)
    _forget_skips(image_id, reviewer)
    take_turns(reviewer=reviewer, limit=1, first=image_id)


def _forget_skips(image_id: UUID, reviewer: User) -> None:
    """What was skipped is not asked about again, unless that is taken back."""
    skips = Showing.objects.filter(image=image_id, person=reviewer, outcome=Showing.Outcome.SKIPPED)
    skips.update(outcome=Showing.Outcome.UNDONE)
