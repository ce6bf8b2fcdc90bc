"""Pictures of a bucket, kept on this machine under their sha256, up to a number of bytes."""

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256 as digest_of
from pathlib import Path
from uuid import uuid4

from classifier.registry.files import locked_at_once

TRIM_EVERY = 1 / 20  # of the bound: how much one process writes before it looks at the whole
TRIM_TO = 9 / 10  # of the bound: what is left then
ABANDONED_AFTER = 3600  # seconds: a half-written file as old as this has lost its writer


class PictureCache:
    """Several processes may share one folder.

    A picture appears whole or not at all, and is looked at again when it is read: one that a
    broken disk has changed is a miss. Those that nobody has read for longest go first. Each
    process may pass the bound by a twentieth before it trims.
    """

    def __init__(self, folder: Path, *, max_bytes: int) -> None:
        self._folder, self._max_bytes = folder, max_bytes
        self._written = max_bytes  # what was there before is looked at with the first picture

    def read(self, sha256: str) -> bytes | None:
        """Return the picture's bytes; None where it is not kept, or not as it was."""
        path = self._path(sha256)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        if digest_of(data).hexdigest() != sha256:
            path.unlink(missing_ok=True)
            return None
        with suppress(FileNotFoundError):  # another process has just trimmed it away
            os.utime(path)
        return data

    def keep(self, sha256: str, data: bytes) -> None:
        """Keep the bytes. Raises ValueError where they are not those of ``sha256``."""
        if digest_of(data).hexdigest() != sha256:
            raise ValueError(f"These bytes are not {sha256}.")
        path = self._path(sha256)
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{sha256}.{uuid4().hex}")
        try:
            beside.write_bytes(data)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
        self._written += len(data)
        if self._written > self._max_bytes * TRIM_EVERY:
            self._written = 0
            self.trim()

    def forget(self, sha256: str) -> None:
        """Delete the picture here. Other machines keep theirs until they trim."""
        self._path(sha256).unlink(missing_ok=True)

    def trim(self) -> None:
        """Delete what was not read for longest, if all is more than the bound allows."""
        with locked_at_once(self._folder / ".trim") as alone:
            if not alone:  # another process is at it
                return
            files = sorted(self._files(), key=lambda file: file[1].st_mtime)
            total = sum(stat.st_size for _, stat in files)
            spare = total - self._max_bytes * TRIM_TO if total > self._max_bytes else 0
            for path, stat in files:
                if spare <= 0:
                    break
                path.unlink(missing_ok=True)
                spare -= stat.st_size

    def _files(self) -> Iterator[tuple[Path, os.stat_result]]:
        """Every whole picture. Half-written ones whose writer died are deleted on the way."""
        for path in self._folder.glob("??/*"):
            try:
                stat = path.stat()
            except FileNotFoundError:
                continue
            if not path.name.startswith("."):
                yield path, stat
            elif stat.st_mtime < time.time() - ABANDONED_AFTER:
                path.unlink(missing_ok=True)

    def _path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256
