"""Files that are made of a picture and kept beside its original as long as there is the picture."""

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from labelling.errors import NotFound
from labelling.models import Image


@transaction.atomic
def keep_copy(image: Image, name: str, data: bytes) -> None:
    """Store what was made of this picture. Raises NotFound where it has been erased meanwhile.

    Whoever erases it waits for us and then deletes this file, too, or we wait and find no row.
    """
    row = Image.objects.select_for_update(no_key=True).filter(pk=image.pk)
    if row.values_list("pk").first() is None:
        raise NotFound("This picture has been deleted.")
    default_storage.save(name, ContentFile(data))
