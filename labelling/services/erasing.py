"""Deleting what one person handed in: their pictures, or their part of those of several."""

from uuid import UUID

from django.db import transaction
from django.db.models import Min, QuerySet
from django.utils import timezone

from labelling.errors import NotFound
from labelling.models import Dispute, Image, ShareLink, User
from labelling.permissions import may_administer
from labelling.services.audit_log import write_entry
from labelling.services.deletion import erase, lock_to_erase
from labelling.services.settling import derive_label


def uploads_of(*, person: User, by: User) -> QuerySet[Image]:
    """Every picture that ``person`` handed in, also those in the bin. Raises NotFound."""
    check_may_erase(person, by)
    return Image.objects.filter(pk__in=person.submission_set.values("image")).order_by("pk")


@transaction.atomic
def erase_upload(*, image_id: UUID, person: User, by: User) -> bool:
    """Erase a picture that nobody but ``person`` handed in; else only their part of it.

    Of a picture that others handed in, too, go this person's submissions, open disputes and links.
    Returns whether the picture is gone. For oneself, and administrators. Raises NotFound.
    """
    check_may_erase(person, by)
    image = lock_to_erase(image_id)
    submitters = set(image.submissions.values_list("submitter", flat=True))
    if person.pk not in submitters:
        raise NotFound("This person has not handed the picture in.")
    if submitters == {person.pk}:
        erase(image, by=by, why="its uploader's pictures were deleted")
        return True
    _take_part_away(image, person, by)
    return False


def check_may_erase(person: User, by: User) -> None:
    """Raises NotFound: who is there is nobody's business but the administrators'."""
    if by.pk != person.pk and not may_administer(by):
        raise NotFound("There is no such person, or they are not yours to see.")


def _take_part_away(image: Image, person: User, by: User) -> None:
    still_open = Dispute.objects.filter(image=image, state=Dispute.State.OPEN)
    still_open.filter(by=person).update(state=Dispute.State.WITHDRAWN, answered_at=timezone.now())
    ShareLink.objects.filter(image=image, by=person).delete()
    image.submissions.filter(submitter=person).delete()
    image.disputed_at = still_open.aggregate(since=Min("opened_at"))["since"]
    image.save(update_fields=["disputed_at"])
    derive_label(image, by=by)  # whose own picture it is has changed
    write_entry(
        action="image.submissions_erased", subject=f"image:{image.pk}", by=by, person=person.pk
    )
