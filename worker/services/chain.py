"""Work that goes in batches: each is a task that sends the next, so that others come between."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.core.cache import cache

from worker.broker import send

log = logging.getLogger(__name__)

# A chain that has not moved for so long is taken for dead; one that is through is started again
# no sooner than this, unless it says otherwise, whatever is left over.
ALIVE = 120  # seconds
RESTS = 30


@dataclass(frozen=True)
class Chain:
    """One chain at a time for each ``task`` and id; whoever comes later finds it moving."""

    task: str
    of: int

    @property
    def key(self) -> str:
        return f"chain:{self.task}:{self.of}"

    def start(self) -> None:
        """Send the first batch, unless the chain is moving already."""
        begun = False
        with self._while_possible():
            begun = cache.add(self.key, 1, ALIVE)
        if begun:
            self._send()

    def go_on(self, *where: str) -> None:
        """Send the next batch; ``where`` tells it where this one ended."""
        with self._while_possible():
            cache.set(self.key, 1, ALIVE)
        self._send(*where)

    def _send(self, *where: str) -> None:
        """A chain that could not be sent may be started again; one that was goes on, even where
        the cache did not answer in time meanwhile."""
        if not send(self.task, self.of, *where):
            with self._while_possible():
                cache.delete(self.key)

    def rest(self, seconds: int = RESTS) -> None:
        """There is nothing left to do for now."""
        with self._while_possible():
            cache.set(self.key, 1, seconds)

    @contextmanager
    def _while_possible(self) -> Iterator[None]:
        """The cache's server is the broker's: while it is away nothing moves, and that is no error.

        The sweeper comes back to it.
        """
        try:
            yield
        except Exception as error:  # each cache has errors of its own
            log.warning("The chain %s %d waits: %s", self.task, self.of, error)
