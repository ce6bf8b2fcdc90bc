"""What became of each file of an import, one JSON object a line: to read, and to go on from."""

import json
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from django.conf import settings


@dataclass(frozen=True)
class Entry:
    """One file: how it ended, and why where it did not end well."""

    name: str
    mark: str
    outcome: str
    code: str = ""
    message: str = ""


class Journal:
    """Appended to as an import goes on, so that the next one need not read again what is done."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._close_torn_line()
        self._done = {(e.name, e.mark) for e in self.entries() if not e.code}

    def is_done(self, name: str, mark: str) -> bool:
        """Whether this file, as it is now, has ended well before."""
        return (name, mark) in self._done

    def add(self, entry: Entry) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(entry), ensure_ascii=False) + "\n")
        if not entry.code:
            self._done.add((entry.name, entry.mark))

    def _close_torn_line(self) -> None:
        """An import that was killed may have written half a line; the next one begins behind it."""
        if self.path.exists() and self.path.read_bytes()[-1:] not in (b"\n", b""):
            with self.path.open("a", encoding="utf-8") as file:
                file.write("\n")

    def entries(self) -> list[Entry]:
        """Return everything that was written, but for torn lines."""
        if not self.path.exists():
            return []
        found = []
        for line in self.path.read_text(encoding="utf-8").splitlines():
            try:
                found.append(Entry(**json.loads(line)))
            except (TypeError, ValueError):
                continue
        return found


def journal_of(source: str, *, by: str) -> Journal:
    """The journal of this source and person, in the data folder."""
    place = source if "://" in source else str(Path(source).resolve())
    name = sha256(f"{by}\n{place}".encode()).hexdigest()[:16]
    return Journal(settings.DATA_DIR / "imports" / f"{name}.jsonl")
