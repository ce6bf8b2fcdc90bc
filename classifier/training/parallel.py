"""The same work on many pictures, a few at a time, telling how long it will take."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

from classifier.training.progress import Progress

Given = TypeVar("Given")
Made = TypeVar("Made")

SAY_EVERY_SECONDS = 5.0


def in_threads(
    work: Callable[[Given], Made],
    given: Sequence[Given],
    *,
    threads: int,
    progress: Progress,
    what: str,
) -> Iterator[Made]:
    """Yield ``work`` of each in order. Memory holds a few results ahead, never all."""
    say = _Teller(len(given), what, progress)
    for place, made in enumerate(in_order(work, given, threads=threads)):
        say(place + 1)
        yield made


def in_order(
    work: Callable[[Given], Made], given: Iterable[Given], *, threads: int
) -> Iterator[Made]:
    """Do the same in silence; ``given`` may be without end."""
    with ThreadPoolExecutor(threads) as pool:
        yield from _in_order(pool, work, iter(given), ahead=2 * threads)


def _in_order(
    pool: ThreadPoolExecutor, work: Callable[[Given], Made], given: Iterator[Given], *, ahead: int
) -> Iterator[Made]:
    waiting: list[Future[Made]] = [pool.submit(work, one) for one in islice(given, ahead)]
    try:
        while waiting:
            yield waiting.pop(0).result()
            waiting.extend(pool.submit(work, one) for one in islice(given, 1))
    finally:  # one that failed ends the whole, and nobody waits for the rest
        for future in waiting:
            future.cancel()


class _Teller:
    """Says every few seconds how far the work is."""

    def __init__(self, total: int, what: str, progress: Progress) -> None:
        self._total, self._what, self._progress = total, what, progress
        self._began = self._said = time.monotonic()

    def __call__(self, done: int) -> None:
        now = time.monotonic()
        if done < self._total and now - self._said < SAY_EVERY_SECONDS:
            return
        self._said = now
        words = f"{self._what} {done} of {self._total} pictures"
        if done < self._total:
            words += f", {time_left((now - self._began) / done * (self._total - done))}"
        self._progress(done / self._total, words)


def time_left(seconds: float) -> str:
    """Say a duration as people do."""
    if seconds < 90:
        return f"about {max(seconds, 1):.0f} s left"
    return f"about {seconds / 60:.0f} min left"
