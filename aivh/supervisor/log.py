"""One stream for all parts: each line says which part said it, in front or in a field."""

import json
import threading
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, TextIO

from aivh.logs.redaction import escaped

COLOURS = ("36", "32", "33", "35", "34", "31")  # of a terminal, in the order of first appearance
WIDTH = 8


class Log:
    """Writes whole lines, safely from several threads.

    ``as_json`` writes each as an object: a part's own with ``part`` in it, others' as ``event``.
    """

    def __init__(self, stream: TextIO, *, coloured: bool, as_json: bool = False) -> None:
        self._stream = stream
        self._coloured = coloured
        self._as_json = as_json
        self._colours: dict[str, str] = {}
        self._lock = threading.Lock()

    def say(self, line: str, *, part: str = "up") -> None:
        """Write one line under the name of ``part``. A reader that has gone does not stop us."""
        with self._lock:
            try:
                self._stream.write(f"{self._written(line, part)}\n")
                self._stream.flush()
            except (OSError, ValueError):
                return

    def follow(self, lines: Iterable[bytes], *, part: str, hushed: Sequence[str] = ()) -> None:
        """Write what ``part`` says until it closes its output; but for empty and hushed lines."""
        for raw in lines:
            line = raw.decode(errors="replace").rstrip()
            if line and not any(words in line for words in hushed):
                self.say(escaped(line), part=part)

    def _written(self, line: str, part: str) -> str:
        if self._as_json:
            return json.dumps({"part": part, **_fields_of(line)}, ensure_ascii=False)
        return f"{self._prefix(part)} {line}"

    def _prefix(self, part: str) -> str:
        prefix = f"{part:<{WIDTH}}│"
        if not self._coloured:
            return prefix
        colour = self._colours.setdefault(part, COLOURS[len(self._colours) % len(COLOURS)])
        return f"\033[{colour}m{prefix}\033[0m"


def _fields_of(line: str) -> dict[str, Any]:
    """Those of a line that is an object already, or of a new one."""
    try:
        fields = json.loads(line)
    except ValueError:
        fields = None
    if isinstance(fields, dict):
        return fields
    return {"timestamp": datetime.now(UTC).isoformat(), "level": "info", "event": line}
