"""How long to wait before the next try, alone and together."""

import random
import threading
import time

from aivh_client.errors import Stopped

FIRST, LONGEST = 0.5, 30.0  # seconds between two tries of the same request
SHORTEST_HOLD, LONGEST_HOLD = 1.0, 3600.0  # what a Retry-After may ask for


class Pace:
    """Shared by all threads: when the server says "later", all of them wait."""

    def __init__(self) -> None:
        self._stopped = threading.Event()
        self._not_before = 0.0

    def stop(self) -> None:
        """Wake every thread that waits; each raises Stopped."""
        self._stopped.set()

    def hold(self, seconds: float) -> None:
        """Nobody asks for so long, and never again at once."""
        seconds = min(max(seconds, SHORTEST_HOLD), LONGEST_HOLD)
        self._not_before = max(self._not_before, time.monotonic() + seconds)

    def wait_for_turn(self) -> None:
        """Raises Stopped."""
        while (left := self._not_before - time.monotonic()) > 0:
            self.pause(left)
        self.pause(0)

    def pause(self, seconds: float) -> None:
        """Raises Stopped."""
        if self._stopped.wait(seconds):
            raise Stopped("Stopped.")


class Tries:
    """The tries of one request: twice as far apart each time, until ``patience`` has run out."""

    def __init__(self, pace: Pace, patience: float) -> None:
        self._pace = pace
        self._begun = time.monotonic()
        self._end = self._begun + patience
        self._next = FIRST
        self.others_are_done = False  # whether the server has done another since the last try

    def lasted(self) -> float:
        """Seconds since the first."""
        return time.monotonic() - self._begun

    def again(self, reason: Exception, *, after: float = 0.0) -> None:
        """Wait for the next try. Raises ``reason`` where there is none any more, and Stopped.

        The last try is made when patience ends, however long the server asked to wait.
        """
        self.others_are_done = False
        left = self._end - time.monotonic()
        if left <= 0:
            raise reason
        # Spread, so that many clients of a server that comes back do not all come at once.
        spread = self._next * random.uniform(0.5, 1.5)  # noqa: S311
        self._pace.pause(min(max(after, spread), left, LONGEST_HOLD))
        self._next = min(2 * self._next, LONGEST)
