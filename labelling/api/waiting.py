"""``?wait=N``: holding an answer back for a moment until the finding is there."""

import threading
import time
from contextlib import suppress

from rest_framework.request import Request

from labelling.errors import InvalidRequest, NotFound
from labelling.models import Image
from labelling.numerals import decimal_number

LONGEST_WAIT = 30.0  # seconds
FIRST_LOOK, LONGEST_LOOK = 0.02, 0.25  # seconds between two looks at the database
# A waiting request keeps a thread of the web server; the others must stay free to answer.
WAITERS = 4

_waiters = threading.BoundedSemaphore(WAITERS)


def wait_asked(request: Request) -> float | None:
    """The seconds that the client is ready to wait; None where it did not say."""
    given = request.query_params.get("wait")
    if given is None:
        return None
    seconds = decimal_number(given)
    if seconds is None or seconds > LONGEST_WAIT:
        raise InvalidRequest(f"wait takes a number of seconds from 0 to {LONGEST_WAIT:.0f}.")
    return float(seconds)


def wait_until_decided(image: Image, seconds: float) -> bool:
    """Look again and again, in no transaction, until ``image`` is no longer waiting.

    Where too many wait in this process already, the answer is given at once. Raises NotFound where
    the picture is deleted meanwhile.
    """
    if image.state != Image.State.WAITING:
        return True
    if not _waiters.acquire(blocking=False):
        return False
    try:
        return _look_until(image, time.monotonic() + seconds)
    finally:
        _waiters.release()


def _look_until(image: Image, end: float) -> bool:
    pause = FIRST_LOOK
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(pause, left))
        _look_again(image)
        if image.state != Image.State.WAITING:
            return True
        pause = min(pause * 1.5, LONGEST_LOOK)
    return False


def _look_again(image: Image) -> None:
    with suppress(Image.DoesNotExist):
        image.refresh_from_db()
        if image.deleted_at is None:
            return
    raise NotFound("This picture was deleted while you waited.")
