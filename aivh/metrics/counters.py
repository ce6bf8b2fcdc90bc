"""What this process counted since it last sent its counts away. Adding is all that a request pays.

A count is a field of a hash in Redis: the metric's name and its labels, with tabs between them.
"""

import os
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from threading import Lock

SUM = "sum"
HTTP_SECONDS, TASK_SECONDS, TASK_WAIT = "http_seconds", "task_seconds", "task_wait"
REQUESTS, TASKS = "requests", "tasks"

# Upper bounds of the buckets, in seconds; one more holds what is above.
HTTP_BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
TASK_BOUNDS = (0.05, 0.2, 1.0, 5.0, 30.0, 120.0, 600.0, 3600.0)

Counts = dict[str, float]


def field_of(*parts: str) -> str:
    return "\t".join(parts)


def parts_of(field: str) -> list[str]:
    return field.split("\t")


class Counters:
    """Counts that many threads add to and one takes away. Labels are closed sets, so it is small.

    A forked process begins with none: what its parent had counted is the parent's to send.
    """

    def __init__(self) -> None:
        self.forget()
        os.register_at_fork(after_in_child=self.forget)

    def forget(self) -> None:
        self._lock = Lock()  # a thread of the parent may hold the old one for ever
        self._counts: defaultdict[str, float] = defaultdict(float)

    def add(self, counts: Mapping[str, float]) -> None:
        with self._lock:
            for field, amount in counts.items():
                self._counts[field] += amount

    def take(self) -> Counts:
        """All of it, which is then counted here no more. Give back what could not be sent."""
        with self._lock:
            taken, self._counts = self._counts, defaultdict(float)
        return dict(taken)


def observed(name: str, label: str, seconds: float, bounds: Sequence[float]) -> Counts:
    """The fields of one observation of a histogram: its bucket, and the sum."""
    bucket = bisect_left(bounds, seconds)
    return {field_of(name, label, str(bucket)): 1.0, field_of(name, label, SUM): seconds}


counters = Counters()
