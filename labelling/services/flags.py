"""Flags: a reviewer's note that brings a picture before an adjudicator."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from labelling.errors import Conflict, InvalidRequest, NotFound
from labelling.models import Flag, Showing, User
from labelling.permissions import check_may_adjudicate, check_may_review
from labelling.services.places import refresh_places
from labelling.services.settling import lock_image_in_view
from labelling.services.showings import end_newest

LONGEST_NOTE = 500  # characters


@transaction.atomic
def flag_image(*, reviewer: User, image_id: UUID, note: str) -> Flag:
    """Bring a picture before an adjudicator, with a note; it leaves the reviewers' queue.

    A label that it has stands until the adjudicator says otherwise. Raises NotAllowed,
    InvalidRequest, NotFound, and Conflict where this reviewer's flag on it is still open.
    """
    check_may_review(reviewer)
    note = note.strip()
    if not 1 <= len(note) <= LONGEST_NOTE:
        raise InvalidRequest(
            f"Say in 1 to {LONGEST_NOTE} characters what an adjudicator should see."
        )
    image = lock_image_in_view(image_id)
    if Flag.objects.filter(image=image, by=reviewer, resolved_at__isnull=True).exists():
        raise Conflict("You have flagged this picture already; an adjudicator will look at it.")
    flag = Flag.objects.create(image=image, by=reviewer, note=note)
    end_newest(person=reviewer, image_id=image_id, outcome=Showing.Outcome.FLAGGED)
    refresh_places(image_ids=[image_id])
    return flag


@transaction.atomic
def resolve_flag(*, flag_id: int, by: User) -> Flag:
    """Say that nothing more is to be done about a flag; the picture goes back to its place.

    Raises NotAllowed and NotFound. One that is resolved already stays as it is.
    """
    check_may_adjudicate(by)
    flag = Flag.objects.select_for_update(of=("self",)).filter(pk=flag_id).first()
    if flag is None:
        raise NotFound("There is no such flag.")
    if flag.resolved_at is None:
        flag.resolved_at, flag.resolved_by = timezone.now(), by
        flag.save(update_fields=["resolved_at", "resolved_by"])
        refresh_places(image_ids=[flag.image_id])
    return flag


@transaction.atomic
def withdraw_flag(*, reviewer: User, image_id: UUID) -> None:
    """Take back this reviewer's own flag on a picture; where none is open, nothing changes."""
    check_may_review(reviewer)
    mine = Flag.objects.filter(image=image_id, by=reviewer, resolved_at__isnull=True)
    if mine.update(resolved_at=timezone.now(), resolved_by=reviewer):
        refresh_places(image_ids=[image_id])
