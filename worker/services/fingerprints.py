"""Small grey copies for pictures that were examined before there were any."""

import logging

from django.db.models import QuerySet

from classifier.detector.decoding import decode
from classifier.detector.fingerprint import grey_copy
from classifier.errors import AivhError
from classifier.training.progress import Progress, silent
from labelling.models import Image
from labelling.services.findings import record_fingerprint
from worker.services.pictures import prefetched

log = logging.getLogger(__name__)


def make_missing_fingerprints(*, images: QuerySet[Image], progress: Progress = silent) -> int:
    """Give those of ``images`` that have none their small grey copy; return how many got one.

    A picture that cannot be read is passed over, and said in the log.
    """
    missing = list(images.filter(fingerprint__isnull=True).order_by("pk"))
    made = 0
    for done, fetched in enumerate(prefetched(missing)):
        progress(done / len(missing), f"making fingerprints of {len(missing)} older pictures")
        try:
            grey = grey_copy(decode(fetched.original()))
        except AivhError as error:
            log.warning("%s gets no fingerprint: %s", fetched.image, error.message)
            continue
        record_fingerprint(image_id=fetched.image.pk, grey=grey)
        made += 1
    return made
