"""Which files of a folder are pictures, and which of them are finished."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from aivh_client.pace import Pace
from aivh_client.pictures import TYPES


class Found(NamedTuple):
    """A file, and what changes when its content does."""

    path: Path
    size: int
    changed: int  # nanoseconds


def pictures_below(folder: Path) -> Iterator[Found]:
    """In the order of their names, at any depth; what is hidden, linked folders and
    pipes are left out."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(place, name)
            if name.startswith(".") or path.suffix.lower() not in TYPES:
                continue
            try:
                told = path.stat()
            except OSError:  # deleted meanwhile, or a link to nowhere
                continue
            if stat.S_ISREG(told.st_mode):
                yield Found(path, told.st_size, told.st_mtime_ns)


def finished_pictures(folder: Path, pace: Pace, *, every: float) -> Iterator[Found | None]:
    """Each file once it stayed the same from one look to the next, and once again when it has
    changed after; None after each look. Has no end. Raises Stopped."""
    handled: set[Found] = set()
    before: set[Found] = set()
    while True:
        now = set(pictures_below(folder))
        new = sorted((now & before) - handled)
        handled = (handled | set(new)) & now
        before = now
        yield from new
        yield None
        pace.pause(every)
