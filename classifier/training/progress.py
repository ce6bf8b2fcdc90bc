"""Telling whoever waits how far the work is."""

from collections.abc import Callable

# Called with the share that is done, 0 to 1, and a sentence.
Progress = Callable[[float, str], None]


def silent(share: float, words: str) -> None:
    """Tell nobody."""


def part(progress: Progress, start: float, end: float) -> Progress:
    """A reporter for a step whose own 0 to 1 is ``start`` to ``end`` of the whole."""
    return lambda share, words: progress(start + share * (end - start), words)
