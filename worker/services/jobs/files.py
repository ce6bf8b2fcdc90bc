"""Deleting the files of jobs that nobody needs any more."""

import logging
from collections.abc import Callable

from django.core.files.storage import default_storage
from django.db.models import QuerySet

from worker.models import Job

log = logging.getLogger(__name__)

MOST_FAILURES = 10  # in one round: the storage is away, and each of them may take long


def discard(
    jobs: QuerySet[Job], *, name: Callable[[Job], str], forget: Callable[[Job], object]
) -> int:
    """Delete the file that each of these jobs has by ``name``, and ``forget`` it; return how many.

    One that cannot be deleted keeps no other, and is tried again in another round. Chance gives
    the order, so that those which fail each time do not stand before the others for ever.
    """
    gone = failed = 0
    for job in jobs.order_by("?"):
        try:
            default_storage.delete(name(job))
        except Exception:  # whatever a storage's library raises
            log.exception("The file %s of %s cannot be deleted.", name(job), job)
            failed += 1
            if failed == MOST_FAILURES:
                break
        else:
            forget(job)
            gone += 1
    return gone
