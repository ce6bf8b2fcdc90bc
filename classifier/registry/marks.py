"""Marks on what waits to be sent, each a small file under the name of the thing."""

import json
from collections.abc import Iterable, Set
from pathlib import Path
from uuid import uuid4

from classifier.registry.files import locked, write_json


class Marks:
    """Marks under ``root``. Any number of processes may set them; one clears them.

    Each says beside its turn which aliases were dropped from the thing since it was last sent.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = root.with_suffix(".lock")

    def set(self, name: str, *, dropped: Iterable[str] = ()) -> None:
        with locked(self._lock):
            before = self._read(name)[1]
            write_json(self._root / name, {"turn": uuid4().hex, "dropped": [*before, *dropped]})

    def names(self) -> Set[str]:
        return {path.name for path in self._root.glob("[!.]*")}

    def read(self, name: str) -> tuple[str, tuple[str, ...]]:
        """The mark's turn, to clear it by, and the aliases that were dropped."""
        with locked(self._lock):
            return self._read(name)

    def clear(self, name: str, turn: str) -> None:
        """Take the mark away, unless it was set again since ``turn`` was read."""
        with locked(self._lock):
            if self._read(name)[0] == turn:
                (self._root / name).unlink(missing_ok=True)

    def _read(self, name: str) -> tuple[str, tuple[str, ...]]:
        try:
            text = (self._root / name).read_text()
        except FileNotFoundError:
            return "", ()
        try:
            mark = json.loads(text)
            return mark["turn"], tuple(mark["dropped"])
        except (ValueError, TypeError, KeyError):  # as earlier versions wrote it
            return text, ()
