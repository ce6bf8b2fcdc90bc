"""Telling a stalled worker and a dead clock from a busy one, by an observer's own waking time.

Pure. Nothing here compares two machines' clocks, or a time before a sleep with one after it: the
observer counts how long it has itself been awake and seen no change. A laptop that was closed for
a night, a site that has just started and a process that was stopped in between raise no alarm.
"""

from dataclasses import dataclass
from enum import StrEnum

PATIENCE = 180.0  # seconds without an answer
MISSED = 3  # heartbeats in a row
LONGEST_TASK = 330.0  # seconds; workers end a task of the queue for pictures after 300
ASLEEP = 60.0  # seconds between two looks after which the observer itself was away


class Trouble(StrEnum):
    """What is wrong."""

    CLOCK = "clock"  # no heartbeats are sent any more
    WORKER = "worker"  # they are sent, and nobody answers
    DETECTOR = "detector"  # they are answered: the picture cannot be examined


@dataclass(frozen=True)
class Signs:
    """What can be seen of a site at one moment.

    ``sent`` and ``answered`` are the numbers of the newest heartbeats, 0 where there is none;
    ``missed`` counts those since the last answer, ``failing`` those in a row that were answered
    with a failure. ``done`` changes whenever a worker begins or ends a task; ``busy`` says that
    the last word was that it begins one. ``ticking`` is whether one was sent just lately.
    """

    sent: int
    answered: int
    missed: int
    failing: int = 0
    done: float = 0.0
    busy: bool = False
    ticking: bool = False


class Stillness:
    """For how many seconds of its own waking time an observer has seen no change."""

    def __init__(self) -> None:
        self._seen: object = None
        self._since = self._looked = float("-inf")

    def seconds(self, seen: object, now: float) -> float:
        """``now`` is the observer's monotonic clock."""
        if seen != self._seen or now - self._looked > ASLEEP:
            self._since = now
        self._seen, self._looked = seen, now
        return now - self._since


class Vigil:
    """One observer. It speaks of the clock only after it knew it to tick."""

    def __init__(self) -> None:
        self._clock, self._answers, self._work = Stillness(), Stillness(), Stillness()
        self._first: int | None = None
        self._ticks = False

    def look(self, signs: Signs, now: float) -> Trouble | None:
        """What is wrong now, if anything is. Look every few seconds."""
        if self._first is None:
            self._first = signs.sent
        self._ticks = self._ticks or signs.ticking or signs.sent != self._first
        unsent = self._clock.seconds(signs.sent, now)
        unanswered = self._answers.seconds(signs.answered, now)
        idle = self._work.seconds(signs.done, now)
        if signs.failing >= MISSED:
            return Trouble.DETECTOR
        if self._ticks and unsent >= PATIENCE:
            return Trouble.CLOCK
        patience = LONGEST_TASK if signs.busy else PATIENCE
        if signs.missed >= MISSED and unanswered >= PATIENCE and idle >= patience:
            return Trouble.WORKER
        return None
