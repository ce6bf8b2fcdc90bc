"""Taking a picture away: into the bin, where it lies for 30 days, out of it again, or for good.

What lies in the bin is seen by nobody but whoever put it there and administrators. It has no label
and no place in the queue, trains and measures nothing, and is judged no more.
"""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from classifier.announcements import announce_on_commit
from classifier.errors import NotAllowed
from labelling.announcements import image_received
from labelling.errors import NotFound
from labelling.models import Image, User
from labelling.permissions import Person, may_administer
from labelling.queries import binned_images, image_for
from labelling.renditions import SIZES, rendition_name
from labelling.services.audit_log import write_entry
from labelling.services.explanation import discard_overlays
from labelling.services.settling import derive_label, lock_image

log = logging.getLogger(__name__)

BIN_DAYS = 30
PURGED_AT_ONCE = 100  # pictures in one round of the sweeper


@transaction.atomic
def bin_image(*, image_id: UUID, by: User) -> Image:
    """Put a picture into the bin: its label and its place go, its votes and findings stay.

    Administrators may delete any, others what nobody but themselves handed in. Raises NotAllowed,
    and NotFound, also where it lies in the bin already.
    """
    image_for(by, image_id)
    image = lock_image(image_id)
    check_may_delete(image, by)
    if image.deleted_at is not None:
        raise NotFound("This picture lies in the bin already.")
    image.deleted_at, image.deleted_by = timezone.now(), by
    image.save(update_fields=["deleted_at", "deleted_by"])
    derive_label(image, by=by)
    write_entry(action="image.binned", subject=f"image:{image.pk}", by=by)
    return image


@transaction.atomic
def restore_image(*, image_id: UUID, by: User) -> Image:
    """Take a picture out of the bin; its votes give it the label back.

    For whoever put it there, and administrators. Raises NotFound.
    """
    image = lock_image(image_id)
    # Asked while the row is held: somebody else may just have taken it out and put it in again.
    if not binned_images(by).filter(pk=image_id).exists():
        raise NotFound("There is no such picture in your bin.")
    take_out(image, by=by)
    return image


def take_out(image: Image, *, by: Person | None, why: str = "restored") -> None:
    """Take this picture, whose row the caller has locked, out of the bin."""
    image.deleted_at = image.deleted_by = None
    image.save(update_fields=["deleted_at", "deleted_by"])
    derive_label(image, by=by if isinstance(by, User) else None)
    write_entry(action="image.restored", subject=f"image:{image.pk}", by=by, why=why)
    if image.state == Image.State.WAITING:
        announce_on_commit(image_received, image_id=image.pk)


@transaction.atomic
def erase_image(*, image_id: UUID, by: User) -> None:
    """Delete a picture for good, with its copies, findings, embeddings, votes and label.

    It need not have been in the bin. Administrators may delete any, others what nobody but
    themselves handed in. The snapshots that used it keep its digest and are marked. Raises
    NotAllowed and NotFound.
    """
    if not binned_images(by).filter(pk=image_id).exists():
        image_for(by, image_id)
    image = lock_to_erase(image_id)
    check_may_delete(image, by)
    erase(image, by=by)


@transaction.atomic
def erase_binned(*, image_id: UUID, by: User) -> None:
    """Let a picture in the bin go for good, before its days are over; as ``erase_image`` does."""
    image = Image.objects.select_for_update().filter(pk=image_id, deleted_at__isnull=False).first()
    if image is None or not binned_images(by).filter(pk=image_id).exists():
        raise NotFound("There is no such picture in the bin.")
    check_may_delete(image, by)
    erase(image, by=by)


def purge_bin() -> int:
    """Delete for good what has lain in the bin for 30 days; return how many went.

    Each in a transaction of its own, as many as one round may. Which of them is drawn by lot, so
    that those whose files cannot be deleted never keep the others waiting for ever.
    """
    late = timezone.now() - timedelta(days=BIN_DAYS)
    due = Image.objects.filter(deleted_at__lt=late).order_by("?")
    ids = due.values_list("pk", flat=True)[:PURGED_AT_ONCE]
    return sum(_purged(image_id, late) for image_id in ids)


def _purged(image_id: UUID, late: datetime) -> bool:
    try:
        return _purge(image_id, late)
    except Exception as error:  # a storage has errors of its own: held back, not allowed, away
        log.error("The picture %s could not be deleted for good: %s", image_id, error)
        return False


@transaction.atomic
def _purge(image_id: UUID, late: datetime) -> bool:
    image = Image.objects.select_for_update().filter(pk=image_id, deleted_at__lt=late).first()
    if image is None:  # restored, or purged by another sweeper
        return False
    erase(image, by=None, why=f"{BIN_DAYS} days in the bin")
    return True


def lock_to_erase(image_id: UUID) -> Image:
    """The picture's row, held so that nobody can even refer to it. Raises NotFound."""
    image = Image.objects.select_for_update().filter(pk=image_id).first()
    if image is None:
        raise NotFound("There is no such picture.")
    return image


def erase(image: Image, *, by: User | None, why: str = "") -> None:
    """Delete this picture, whose row the caller has locked by ``lock_to_erase``, and its files."""
    subject, digest = f"image:{image.pk}", image.sha256
    for size in SIZES:
        default_storage.delete(rendition_name(image, size))
    discard_overlays(image)
    image.delete()
    write_entry(action="image.erased", subject=subject, by=by, sha256=digest, why=why)
    # While the row's lock is held nobody can hand the same bytes in and rely on a file that goes.
    default_storage.delete(image.original)


def may_delete(image: Image, person: Person) -> bool:
    """Administrators any, others what nobody but themselves handed in."""
    if may_administer(person):
        return True
    return set(image.submissions.values_list("submitter", flat=True)) == {person.pk}


def check_may_delete(image: Image, person: Person) -> None:
    if not may_delete(image, person):
        raise NotAllowed("You can delete a picture that nobody but you handed in.")
