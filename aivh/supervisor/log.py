"""One stream for all parts: each line begins with the name of the part that said it."""

import threading
from collections.abc import Iterable, Sequence
from typing import TextIO

COLOURS = ("36", "32", "33", "35", "34", "31")  # of a terminal, in the order of first appearance
WIDTH = 8


class Log:
    """Writes whole lines, safely from several threads."""

    def __init__(self, stream: TextIO, *, coloured: bool) -> None:
        self._stream = stream
        self._coloured = coloured
        self._colours: dict[str, str] = {}
        self._lock = threading.Lock()

    def say(self, line: str, *, part: str = "up") -> None:
        """Write one line under the name of ``part``. A reader that has gone does not stop us."""
        with self._lock:
            try:
                self._stream.write(f"{self._prefix(part)} {line}\n")
                self._stream.flush()
            except (OSError, ValueError):
                return

    def follow(self, lines: Iterable[bytes], *, part: str, hushed: Sequence[str] = ()) -> None:
        """Write what ``part`` says until it closes its output; but for empty and hushed lines."""
        for raw in lines:
            line = raw.decode(errors="replace").rstrip()
            if line and not any(words in line for words in hushed):
                self.say(line, part=part)

    def _prefix(self, part: str) -> str:
        prefix = f"{part:<{WIDTH}}│"
        if not self._coloured:
            return prefix
        colour = self._colours.setdefault(part, COLOURS[len(self._colours) % len(COLOURS)])
        return f"\033[{colour}m{prefix}\033[0m"
