"""Files that are made of a picture and kept beside its original as long as there is the picture."""

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from labelling.errors import NotFound
from labelling.models import Image


def keep_copy(image: Image, name: str, data: bytes) -> None:
    """Store what was made of this picture. Raises NotFound where it has been erased meanwhile.

    Stored first, so that nobody waits for a storage while the row is held. Whoever erases the
    picture later deletes this file, too; after whoever was quicker we do.
    """
    default_storage.save(name, ContentFile(data))
    with transaction.atomic():
        row = Image.objects.select_for_update(no_key=True).filter(pk=image.pk)
        if row.values_list("pk").first() is not None:
            return
    default_storage.delete(name)
    raise NotFound("This picture has been deleted.")
