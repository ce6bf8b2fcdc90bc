"""A content-addressed folder of bundles: each lies under its own digest, whole or not at all."""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from classifier.detector.bundle import read_bundle
from classifier.errors import BundleCorrupt, BundleIncompatible, BundleNotFound
from classifier.registry.base import check_reference
from classifier.registry.files import locked

_INCOMING = ".incoming-"
# No copy takes this long; a folder older than this was left by a process that died.
_LEFTOVER_SECONDS = 3600


class BundleStore:
    """Bundles under ``root/<digest>/``. Safe with any number of processes at once.

    A bundle is copied beside its place, checked there, and moved in by one rename, so that another
    process sees all of it or nothing.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def add(self, folder: Path) -> str:
        """Copy the bundle in and return its digest. A corrupt copy of it is replaced.

        Raises ``BundleCorrupt`` or ``BundleIncompatible`` where the source is not sound.
        """
        digest = _digest(folder)
        if not self._is_sound(digest):
            self._copy_in(folder, digest)
        return digest

    def open(self, digest: str) -> Path:
        """The folder, every file checked. Raises ``BundleNotFound``, ``BundleCorrupt``."""
        folder = self.root / check_reference(digest)
        if not folder.is_dir():
            raise BundleNotFound(f"There is no bundle {digest[:12]} in this registry.")
        _verify(folder, digest)
        return folder

    def _is_sound(self, digest: str) -> bool:
        try:
            self.open(digest)
        except (BundleNotFound, BundleCorrupt, BundleIncompatible):
            return False
        return True

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A folder of its own on the same disk, removed afterwards, by a later call if need be."""
        folder = self.root / f"{_INCOMING}{uuid4().hex}"
        folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _copy_in(self, folder: Path, digest: str) -> None:
        with self.scratch() as scratch:
            copy = shutil.copytree(folder, scratch / digest)
            _verify(copy, digest)
            _flush(copy)
            with locked(self.root / ".lock"):
                self._sweep()
                self._move_in(copy, digest)

    def _move_in(self, copy: Path, digest: str) -> None:
        """Rename into place; where another process was first, its sound copy stays."""
        place = self.root / digest
        if place.exists():
            if self._is_sound(digest):
                return
            # Nobody can be served from what lies there. The sweep removes it later.
            place.rename(self.root / f"{_INCOMING}{uuid4().hex}")
        copy.rename(place)

    def _sweep(self) -> None:
        """Remove what a process that was killed left behind."""
        old = time.time() - _LEFTOVER_SECONDS
        for path in self.root.glob(f"{_INCOMING}*"):
            with suppress(FileNotFoundError):  # its owner finished meanwhile
                if path.stat().st_mtime < old:
                    shutil.rmtree(path, ignore_errors=True)


def _digest(folder: Path) -> str:
    """The digest of a sound bundle. Raises ``BundleCorrupt``, ``BundleIncompatible``."""
    try:
        return read_bundle(folder, verify=True).digest
    except OSError as error:  # a repair may have taken the folder away while we read it
        raise BundleCorrupt(f"The bundle {folder.name} cannot be read: {error}.") from error


def _verify(folder: Path, digest: str) -> None:
    found = _digest(folder)
    if found != digest:
        raise BundleCorrupt(f"The bundle stored as {digest[:12]} is really {found[:12]}.")


def _flush(folder: Path) -> None:
    """Put the files on the disk before the rename, or a power cut could leave empty ones."""
    for path in (p for p in folder.rglob("*") if p.is_file()):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
