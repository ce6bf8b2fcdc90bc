"""Leaving a server alone for a moment once it did not answer.

Whoever asks while it hangs would wait for nothing: one request finds out, those after it do
without. (M. Nygard, *Release It!*, 2007: circuit breaker.)
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

PAUSE = 5.0  # seconds


class Breaker:
    """What this process knows of one server. Threads may share it."""

    def __init__(self, *failures: type[Exception]) -> None:
        """``failures`` are the errors that mean that the server does not answer."""
        self._failures = failures
        self._rests_until = 0.0

    @property
    def rests(self) -> bool:
        """Whether the server did not answer in the last five seconds and is not asked now."""
        return time.monotonic() < self._rests_until

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Ask the server within; a failure goes on to the caller and lets the server rest."""
        try:
            yield
        except self._failures:
            self._rests_until = time.monotonic() + PAUSE
            raise

    def forget(self) -> None:
        """Ask again at once."""
        self._rests_until = 0.0
