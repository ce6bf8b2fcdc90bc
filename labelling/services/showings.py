"""What became of a picture that was put before a person."""

from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from labelling.models import Showing, User, Why


def open_showings(person: User) -> QuerySet[Showing]:
    """What is before this person, also where its lease has run out and nobody else came."""
    return Showing.objects.filter(person=person, ended_at__isnull=True)


def held_showings(person: User) -> QuerySet[Showing]:
    """What this person holds: before them, not in the bin, and kept from others until later."""
    kept = open_showings(person).filter(leased_until__gte=timezone.now())
    held = kept.filter(image__deleted_at__isnull=True)
    return held.select_related("image").order_by("turn")


def newest_showing(*, person: User, image_id: UUID) -> Showing | None:
    return Showing.objects.filter(person=person, image=image_id).order_by("-turn").first()


def was_test(*, person: User, image_id: UUID) -> bool:
    """Whether the picture was ever before this person as a silent test of them."""
    return Showing.objects.filter(person=person, image=image_id, why=Why.GOLD).exists()


def end_newest(*, person: User, image_id: UUID, outcome: str) -> Showing | None:
    """Note what came of the last time that the picture was before this person, if it ever was.

    An answer that comes when the lease has just run out is an answer all the same.
    """
    shown = newest_showing(person=person, image_id=image_id)
    if shown is not None:
        shown.ended_at = shown.ended_at or timezone.now()
        shown.outcome = outcome
        shown.save(update_fields=["ended_at", "outcome"])
    return shown
