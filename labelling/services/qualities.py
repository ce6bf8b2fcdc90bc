"""Filling in the JPEG quality of pictures that came before the site kept it."""

from classifier.detector.decoding import CONTENT_TYPES
from classifier.detector.jpeg import jpeg_quality
from labelling.errors import NotFound
from labelling.models import Image
from labelling.originals import read_original

READ_AT_ONCE = 20  # files in one round of the sweeper, which a bucket may give slowly
JPEG, _ = CONTENT_TYPES["JPEG"]


def read_qualities() -> int:
    """Read some of the pictures at which nobody has looked, the newest first; return how many.

    Safe to run twice and beside another: what is written hangs on the file alone. Where the storage
    does not answer, they wait for the next round.
    """
    unread = Image.objects.filter(jpeg_quality__isnull=True).order_by("-received_at")
    images = list(unread[:READ_AT_ONCE])
    for image in images:
        quality = _quality(image) if image.content_type == JPEG else 0
        Image.objects.filter(pk=image.pk).update(jpeg_quality=quality)
    return len(images)


def _quality(image: Image) -> int:
    """0 where the file has none, or is lost, so that nobody looks again."""
    try:
        return jpeg_quality(read_original(image)) or 0
    except NotFound:
        return 0
