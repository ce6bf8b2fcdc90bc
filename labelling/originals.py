"""The bytes as they came, stored once under their sha256."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from classifier.detector.decoding import CONTENT_TYPES
from classifier.detector.headers import sniff
from classifier.errors import PictureRefused
from labelling.errors import NotFound
from labelling.models import Image


def original_name(sha256: str, extension: str) -> str:
    """Where the original lies in the storage. ``extension`` has its dot."""
    return f"images/{sha256[:2]}/{sha256}{extension}"


def possible_names(sha256: str) -> list[str]:
    """The names that the original can have, where nothing but its digest is known."""
    return [original_name(sha256, extension) for _, extension in CONTENT_TYPES.values()]


def name_by_content(sha256: str, data: bytes) -> str:
    """The name of an original of which the bytes are at hand. Raises PictureRefused."""
    kind = sniff(data)
    if kind is None:
        raise PictureRefused("This is not a JPEG, PNG or WebP picture.", code="unsupported_type")
    return original_name(sha256, CONTENT_TYPES[kind][1])


def read_original(image: Image) -> bytes:
    """The bytes of the picture as they came. Raises NotFound where the storage has lost them."""
    try:
        with default_storage.open(image.original) as file:
            return bytes(file.read())
    except FileNotFoundError as error:
        raise NotFound("The file of this picture is missing from the storage.") from error


def keep_original(name: str, data: bytes) -> None:
    """Store the bytes unless they are there already. Two at once write the same file."""
    if not default_storage.exists(name):
        default_storage.save(name, ContentFile(data))


@contextmanager
def original_kept(name: str, data: bytes, *, sha256: str) -> Iterator[None]:
    """Store the bytes before the block that writes their row; where it fails, take them away.

    The block has to call :func:`keep_original` again once it holds the row, because another
    upload of the same bytes may just have failed and cleaned up.
    """
    keep_original(name, data)
    try:
        yield
    except BaseException:
        discard_unless_needed(name, sha256=sha256)
        raise


def discard_unless_needed(name: str, *, sha256: str) -> bool:
    """Delete the file, unless there is a row of it; whether there was none.

    The row is claimed first and given back afterwards: its unique sha256 keeps every other upload
    of the same bytes waiting until the file is gone, so none can rely on a file that vanishes.
    """
    try:
        with transaction.atomic():
            Image.objects.create(
                sha256=sha256, original=name, content_type="", width=0, height=0, size=0
            )
            default_storage.delete(name)
            transaction.set_rollback(True)
    except IntegrityError:  # a row needs it
        return False
    return True
