"""Links to a result: made, revoked, and looked up by whoever holds one."""

from secrets import token_urlsafe
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from classifier.errors import NotAllowed
from labelling.blindness import sight_of
from labelling.errors import Conflict, NotFound
from labelling.models import Image, ShareLink, User
from labelling.permissions import Person, may_administer
from labelling.queries import image_for
from labelling.services.audit_log import write_entry
from labelling.services.settling import lock_image_in_view

SECRET_BYTES = 32  # 256 bits: nobody guesses that
MOST_LIVE = 20  # links to one picture
GONE = "There is no such link, or it is not yours."


def may_share(person: Person, image: Image) -> bool:
    """Whoever handed the picture in and may see what was found, and administrators."""
    if not person.is_authenticated:
        return False
    own = image.submissions.filter(submitter=person.pk).exists()
    return (own or may_administer(person)) and sight_of(person, image).finding


@transaction.atomic
def create_share_link(*, image_id: UUID, by: User) -> ShareLink:
    """Make a link to what is found for a picture, for anybody who gets it.

    Raises NotFound, NotAllowed, and Conflict where the picture has ``MOST_LIVE`` links already.
    """
    image_for(by, image_id)
    image = lock_image_in_view(image_id)
    _check_may_share(by, image)
    if ShareLink.objects.filter(image=image, revoked_at__isnull=True).count() >= MOST_LIVE:
        raise Conflict(f"This picture has {MOST_LIVE} links, the most at a time. Revoke one first.")
    link = ShareLink.objects.create(image=image, by=by, token=token_urlsafe(SECRET_BYTES))
    _write_down("link.created", link, by)
    return link


@transaction.atomic
def revoke_share_link(*, link_id: int, by: User) -> ShareLink:
    """Let a link lead nowhere from now on; one that does already stays as it is.

    Its maker may, and administrators. Raises NotFound.
    """
    mine = ShareLink.objects.all() if may_administer(by) else ShareLink.objects.filter(by=by)
    link = mine.select_for_update(no_key=True).filter(pk=link_id).first()
    if link is None:
        raise NotFound(GONE)
    if link.revoked_at is None:
        link.revoked_at = timezone.now()
        link.save(update_fields=["revoked_at"])
        _write_down("link.revoked", link, by)
    return link


def share_links(*, image: Image, person: Person) -> QuerySet[ShareLink]:
    """The live links to a picture that ``person`` may revoke, the newest first."""
    live = ShareLink.objects.filter(image=image, revoked_at__isnull=True).select_related("by")
    return live if may_administer(person) else live.filter(by=person.pk)


def share_links_of(*, image_id: UUID, person: Person) -> QuerySet[ShareLink]:
    """The same, of the picture with this id. Raises NotFound, NotAllowed."""
    image = image_for(person, image_id)
    _check_may_share(person, image)
    return share_links(image=image, person=person)


def shared_link(token: str) -> ShareLink:
    """The live link with its picture. Raises NotFound for any other, whatever the reason is."""
    live = ShareLink.objects.filter(revoked_at__isnull=True, image__deleted_at__isnull=True)
    link = live.filter(token=token).select_related("image__label").first()
    if link is None:
        raise NotFound(GONE)
    return link


def _check_may_share(person: Person, image: Image) -> None:
    if not may_share(person, image):
        raise NotAllowed("Only whoever handed a picture in can share what was found.")


def _write_down(action: str, link: ShareLink, by: User) -> None:
    """Never with the secret: whoever reads the log could open the page."""
    write_entry(action=action, subject=f"image:{link.image_id}", by=by, link=link.pk)
