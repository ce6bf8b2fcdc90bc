"""One stream for all parts: each line begins with the name of the part that said it."""

import sys
import threading
from collections.abc import Iterable

COLOURS = ("36", "32", "33", "35", "34", "31")  # of a terminal, in the order of first appearance
WIDTH = 8


class Log:
    """Writes whole lines, safely from several threads."""

    def __init__(self, *, coloured: bool) -> None:
        self._coloured = coloured
        self._colours: dict[str, str] = {}
        self._lock = threading.Lock()

    def say(self, line: str, *, part: str = "up") -> None:
        """Write one line under the name of ``part``. A reader that has gone does not stop us."""
        with self._lock:
            try:
                sys.stdout.write(f"{self._prefix(part)} {line}\n")
                sys.stdout.flush()
            except (OSError, ValueError):
                return

    def follow(self, lines: Iterable[bytes], *, part: str) -> None:
        """Write what ``part`` says until it closes its output."""
        for line in lines:
            self.say(line.decode(errors="replace").rstrip(), part=part)

    def _prefix(self, part: str) -> str:
        prefix = f"{part:<{WIDTH}}│"
        if not self._coloured:
            return prefix
        colour = self._colours.setdefault(part, COLOURS[len(self._colours) % len(COLOURS)])
        return f"\033[{colour}m{prefix}\033[0m"
