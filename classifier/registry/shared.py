"""The local registry of one machine of several, which share what they hold through a shelf."""

import json
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from classifier.detector.bundle import FILES, MANIFEST, sha256_of
from classifier.errors import BundleCorrupt, BundleNotFound, RegistryUnavailable
from classifier.registry.base import Entries, Entry, check_reference
from classifier.registry.beside import Start, start_thread
from classifier.registry.files import locked_at_once
from classifier.registry.local import LocalRegistry

logger = logging.getLogger(__name__)


class Shelf(Protocol):
    """Files by name, in a place that every machine reaches. ``place`` tells one from another.

    All of them raise RegistryUnavailable where the place does not answer.
    """

    place: str

    def holds(self, name: str) -> bool:
        """Whether there is a file of that name."""

    def put(self, name: str, file: Path) -> None:
        """Store a file, whole or not at all. The same name always has the same content."""

    def fetch(self, name: str, target: Path) -> None:
        """Write the file to ``target``. Raises BundleNotFound."""


class SharedRegistry(LocalRegistry):
    """A local registry that puts each bundle on the shelf, too, and fetches what it lacks from it.

    ``models/<digest>/bundle.json`` names the files, and is written last; the files lie under
    ``models/files/<sha256>``, so that a refit, which keeps the network and the replay set, stores
    only what is new. A file ``shared/<digest>`` below ``root`` says on which shelf a bundle is
    known to be. Aliases are each machine's own: the database says which version is live.
    """

    def __init__(self, root: Path, shelf: Shelf, *, start: Start = start_thread) -> None:
        super().__init__(root)
        self._shelf = shelf
        self._marks = root / "shared"
        self._start = start

    def put(
        self,
        bundle: Path,
        *,
        aliases: Sequence[str] = (),
        metadata: Mapping[str, object] | None = None,
        run: Path | None = None,
    ) -> str:
        """Store the bundle here and on the shelf, or no other machine could serve it.

        Raises RegistryUnavailable, too; the bundle is then kept here and shared later.
        """
        reference = super().put(bundle, aliases=aliases, metadata=metadata, run=run)
        self._share(reference)
        return reference

    def get(self, reference: str) -> Path:
        """A local folder; what is missing or damaged here is fetched from the shelf."""
        try:
            return super().get(reference)
        except (BundleNotFound, BundleCorrupt) as error:
            check_reference(reference)
            try:
                return self._fetch(reference)
            except BundleNotFound:
                raise error from None

    def alias(self, reference: str, alias: str) -> None:
        try:
            super().alias(reference, alias)
        except BundleNotFound:
            self.get(reference)
            super().alias(reference, alias)

    def synchronise(self) -> Entries:
        """Put on the shelf what is not there yet. Raises RegistryUnavailable."""
        super().synchronise()
        with locked_at_once(self.root / "shared.lock") as ours:
            waiting = self._unshared() if ours else []
            for entry in waiting:
                self._share(entry.digest)
            return waiting

    def synchronise_soon(self) -> None:
        if self._unshared():
            self._start(self._try_to_synchronise)

    def _try_to_synchronise(self) -> None:
        try:
            SharedRegistry.synchronise(self)
        except (RegistryUnavailable, BundleCorrupt) as error:
            logger.warning("Bundles are not all in the shared storage yet: %s", error)

    def _unshared(self) -> Entries:
        return [entry for entry in reversed(self.list()) if not self._is_shared(entry.digest)]

    def _is_shared(self, digest: str) -> bool:
        try:
            return (self._marks / digest).read_text() == self._shelf.place
        except FileNotFoundError:
            return False

    def _share(self, digest: str) -> None:
        """Files first and the list of them last, so that whoever finds the list finds all."""
        if self._is_shared(digest):
            return
        folder = super().get(digest)
        if not self._shelf.holds(_manifest_name(digest)):
            for name, sha256 in _files_of(folder / MANIFEST).items():
                if not self._shelf.holds(_file_name(sha256)):
                    self._shelf.put(_file_name(sha256), folder / name)
            self._shelf.put(_manifest_name(digest), folder / MANIFEST)
        self._mark(digest)

    def _fetch(self, digest: str) -> Path:
        with self._bundles.scratch() as folder:
            self._shelf.fetch(_manifest_name(digest), folder / MANIFEST)
            if sha256_of(folder / MANIFEST) != digest:
                raise BundleCorrupt(f"The bundle shared as {digest[:12]} is another one.")
            for name, sha256 in _files_of(folder / MANIFEST).items():
                self._shelf.fetch(_file_name(sha256), folder / name)
            self.adopt(folder, _entry(digest, folder / MANIFEST))
        self._mark(digest)
        return super().get(digest)

    def _mark(self, digest: str) -> None:
        self._marks.mkdir(parents=True, exist_ok=True)
        (self._marks / digest).write_text(self._shelf.place)


def _manifest_name(digest: str) -> str:
    return f"models/{digest}/{MANIFEST}"


def _file_name(sha256: str) -> str:
    return f"models/files/{check_reference(sha256)}"


def _files_of(manifest: Path) -> dict[str, str]:
    """The sha256 of each file that a bundle has, by its name. Raises BundleCorrupt."""
    try:
        files = json.loads(manifest.read_text(encoding="utf-8"))["files"]
        return {name: str(files[name]["sha256"]) for name in FILES}
    except (KeyError, TypeError, ValueError) as error:
        raise BundleCorrupt(f"{manifest} does not name its files.") from error


def _entry(digest: str, manifest: Path) -> Entry:
    created = json.loads(manifest.read_text(encoding="utf-8"))["created"]
    return Entry(digest, digest, (), datetime.fromisoformat(created))
