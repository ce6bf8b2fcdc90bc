"""What was handed in before: a line for each picture, so that a second start sends the rest."""

import json
import threading
from hashlib import sha256
from pathlib import Path
from typing import TextIO
from uuid import uuid4

from aivh_client.account import Account
from aivh_client.errors import WrongUse
from aivh_client.settings import state_folder
from aivh_client.upload.finding import Found

Line = dict[str, str | int]
TURNS = 256  # one for each first byte of a digest


class Journal:
    """Kept in one file that is only added to; several threads may use it at once.

    It belongs to the site at ``site``: what was handed in there is nowhere else.

    A process that dies leaves at most a torn last line, which is passed over: that picture is
    sent again under the same key, and the server answers as it did.
    """

    def __init__(self, path: Path, site: str) -> None:
        """Raises WrongUse for the journal of another site."""
        self.path, self.site = path, site
        self.key = ""
        self._files: set[Found] = set()
        self._digests: set[str] = set()
        self._lock = threading.Lock()
        self._turns = [threading.Lock() for _ in range(TURNS)]
        self._read()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._out = path.open("a", encoding="utf-8")
        self._begin()

    def close(self) -> None:
        self._out.close()

    def knows(self, found: Found) -> bool:
        """Whether this very file was handed in, without reading it."""
        return found in self._files

    def turn(self, digest: str) -> threading.Lock:
        """To be held while these bytes are handed in, so that a copy of the file waits."""
        return self._turns[int(digest[:2], 16)]

    def has(self, digest: str) -> bool:
        """Whether these bytes were handed in, under whatever name."""
        return digest in self._digests

    def add(self, found: Found, digest: str, image: str = "") -> None:
        """Written down at once; ``image`` is its id, empty where these bytes were there before."""
        entry: Line = {
            "sha256": digest,
            "file": str(found.path),
            "size": found.size,
            "changed": found.changed,
            "image": image,
        }
        with self._lock:
            self._files.add(found)
            self._digests.add(digest)
            self._write(self._out, entry)

    def key_of(self, digest: str, name: str) -> str:
        """The Idempotency-Key of this picture: the same at each start with this journal."""
        return _digest(f"{self.key}/{digest}/{name}")

    def _begin(self) -> None:
        """The first line of a new journal says its key and its site; a torn line is ended."""
        if self._out.tell() and not self.path.read_bytes().endswith(b"\n"):
            self._out.write("\n")
        if not self.key:
            self.key = uuid4().hex
            self._write(self._out, {"journal": self.key, "site": self.site})

    def _read(self) -> None:
        if not self.path.exists():
            return
        with self.path.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                self._take(line)

    def _take(self, line: str) -> None:
        try:
            entry = json.loads(line)
            if "journal" in entry:
                self._open_for(entry["site"])
                self.key = entry["journal"]
                return
            found = Found(Path(entry["file"]), entry["size"], entry["changed"])
            digest = entry["sha256"]
        except (ValueError, KeyError, TypeError):
            return
        self._files.add(found)
        self._digests.add(digest)

    def _open_for(self, site: str) -> None:
        if site != self.site:
            raise WrongUse(
                f"{self.path} says what was sent to {site}, not to {self.site}. "
                "Name another file with --journal."
            )

    @staticmethod
    def _write(out: TextIO, entry: Line) -> None:
        out.write(json.dumps(entry) + "\n")
        out.flush()


def journal_of(folder: Path, account: Account) -> Journal:
    """The journal of this folder's uploads to this site."""
    place = f"{account.address}\n{folder.resolve()}"
    return Journal(state_folder() / "uploads" / f"{_digest(place)[:24]}.jsonl", account.address)


def _digest(text: str) -> str:
    """Names that differ only in bytes that are no UTF-8 differ here, too."""
    return sha256(text.encode(errors="surrogatepass")).hexdigest()
