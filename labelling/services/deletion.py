"""Taking a picture away for good: the file, its copies, and everything that was said of it."""

from uuid import UUID

from django.core.files.storage import default_storage
from django.db import transaction

from classifier.errors import NotAllowed
from labelling.models import Image, User
from labelling.permissions import may_administer
from labelling.queries import image_for
from labelling.renditions import SIZES, rendition_name
from labelling.services.explanation import discard_overlays


@transaction.atomic
def delete_image(*, image_id: UUID, by: User) -> None:
    """Delete a picture with its copies, findings, embeddings, votes and label.

    Administrators may delete any, others what nobody but themselves handed in. The snapshots that
    used it keep its digest and are marked. Raises NotAllowed and NotFound.
    """
    image_for(by, image_id)
    image = Image.objects.select_for_update().get(pk=image_id)
    check_may_delete(image, by)
    image.delete()
    # While the row's lock is held nobody can hand the same bytes in and rely on a file that goes.
    default_storage.delete(image.original)
    for size in SIZES:
        default_storage.delete(rendition_name(image, size))
    discard_overlays(image)


def check_may_delete(image: Image, person: User) -> None:
    if may_administer(person):
        return
    if set(image.submissions.values_list("submitter", flat=True)) != {person.pk}:
        raise NotAllowed("You can delete a picture that nobody but you handed in.")
