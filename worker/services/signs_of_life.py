"""Telling that whoever works on something is alive, so that nobody takes it away."""

import logging
import threading
from collections.abc import Callable
from typing import Self

from django.db import DatabaseError, connection

log = logging.getLogger(__name__)

BEAT = 10.0  # seconds between two signs of life


class SignsOfLife:
    """While its block runs, a thread tells of ``what``, also deep in a step that says nothing.

    ``tell`` writes a sign of life and says whether the work is still ours; once it is not, the
    thread ends.
    """

    def __init__(self, what: object, tell: Callable[[], bool]) -> None:
        self._what, self._tell = what, tell
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"alive: {what}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _beat(self) -> None:
        try:
            while not self._done.wait(BEAT) and self._is_ours():
                pass
        finally:
            connection.close()

    def _is_ours(self) -> bool:
        try:
            return self._tell()
        except DatabaseError as error:  # the next one may get through
            log.warning("%s could leave no sign of life: %s", self._what, error)
            return True
