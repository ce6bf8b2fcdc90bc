"""Which part to start again when no picture comes through although every process lives.

The supervisor asks the database and the cache, which neither a stopped worker nor a stopped clock
can keep from answering, in a thread of its own, so that it goes on where these hang.
"""

import threading
import time
from collections.abc import Callable

from django.db import connections

from worker.silence import Signs, Trouble, Vigil
from worker.vital_signs import signs

PAUSE = 15.0  # seconds between two looks
LONGEST_REST = 3600.0  # seconds after a restart that changed nothing; it begins with the shortest
SHORTEST_REST = 180.0

Restart = Callable[[str, str], None]

PARTS = {
    Trouble.WORKER: ("worker", "it lives, and has answered no heartbeat for three minutes."),
    Trouble.CLOCK: ("beat", "it lives, and has sent no heartbeat for three minutes."),
}


class Stalls:
    """Decides. After a restart it begins to watch anew, and where that changed nothing it waits
    twice as long before the next."""

    def __init__(self, restart: Restart) -> None:
        self._restart = restart
        self._vigil, self._rest, self._until = Vigil(), SHORTEST_REST, 0.0
        self._answered: int | None = None

    def look(self, seen: Signs, now: float) -> None:
        """``now`` is our monotonic clock. A detector that fails is not mended by a restart."""
        if self._answered is not None and seen.answered != self._answered:
            self._rest = SHORTEST_REST
        self._answered = seen.answered
        trouble = self._vigil.look(seen, now)
        if trouble not in PARTS or now < self._until:
            return
        self._restart(*PARTS[trouble])
        self._vigil, self._until = Vigil(), now + self._rest
        self._rest = min(2 * self._rest, LONGEST_REST)


def watch_for_stalls(restart: Restart) -> None:
    """Begin to watch, until we end."""
    threading.Thread(target=_watch, args=(Stalls(restart),), name="stalls", daemon=True).start()


def _watch(stalls: Stalls) -> None:
    while True:
        try:
            stalls.look(signs(), time.monotonic())
        except Exception:  # noqa: S110 (without a database nothing is known, so nothing is done)
            pass
        finally:
            connections.close_all()
        time.sleep(PAUSE)
