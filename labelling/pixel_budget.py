"""Decoding within a bounded amount of memory, however many requests come at once."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from classifier.detector.decoding import MAX_PIXELS, PictureHeader


class PixelBudget:
    """Lets pictures be decoded side by side as long as all of them together have few pixels.

    A decoded picture takes some ten bytes a pixel on its way, so two of the largest at once could
    cost a small machine its memory; a hundred thumbnails cannot.
    """

    def __init__(self, pixels: int) -> None:
        self._free = pixels
        self._changed = threading.Condition()

    @contextmanager
    def taken(self, pixels: int) -> Iterator[None]:
        """Wait until ``pixels`` are free and hold them for the length of the block."""
        with self._changed:
            self._changed.wait_for(lambda: self._free >= pixels)
            self._free -= pixels
        try:
            yield
        finally:
            with self._changed:
                self._free += pixels
                self._changed.notify_all()


_budget = PixelBudget(MAX_PIXELS)


@contextmanager
def room_to_decode(header: PictureHeader) -> Iterator[None]:
    """Hold this process's room for one picture while it is decoded."""
    with _budget.taken(header.width * header.height):
        yield
