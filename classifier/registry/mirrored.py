"""Two registries as one: a near one that always works, a far one that gets everything in time."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from uuid import uuid4

from classifier.errors import (
    BundleCorrupt,
    BundleIncompatible,
    BundleNotFound,
    RegistryUnavailable,
)
from classifier.registry.base import Entries, Entry, Registry
from classifier.registry.files import locked
from classifier.registry.local import LocalRegistry

logger = logging.getLogger(__name__)


class MirroredRegistry(Registry):
    """Writes land in ``local`` at once and in ``remote`` when it can be reached.

    ``pending/<digest>`` marks a bundle which the remote may not hold as the local registry does:
    the bundle itself, or an alias that moved. A mark carries no order; what to send is read from
    the local registry when it is sent, so that sending twice or late is harmless.

    Reads ask the local registry first. Only what it does not know is asked of the remote.
    """

    def __init__(self, local: LocalRegistry, remote: Registry, *, pending: Path) -> None:
        self._local = local
        self._remote = remote
        self._pending = pending
        self._lock = pending.with_suffix(".lock")

    def put(
        self,
        bundle: Path,
        *,
        aliases: Sequence[str] = (),
        metadata: Mapping[str, object] | None = None,
    ) -> str:
        reference = self._local.put(bundle, aliases=aliases, metadata=metadata)
        self._mark(reference)
        self._try_to_synchronise()
        return reference

    def get(self, reference: str) -> Path:
        try:
            return self._local.get(reference)
        except BundleNotFound:
            return self._remote.get(reference)

    def alias(self, reference: str, alias: str) -> None:
        """Move the alias, here at once. A bundle that only the remote holds is fetched first."""
        try:
            self._local.alias(reference, alias)
        except BundleNotFound:
            self._adopt(reference)
            self._local.alias(reference, alias)
        self._mark(reference)
        self._try_to_synchronise()

    def resolve(self, alias: str) -> str | None:
        return self._local.resolve(alias) or self._remote.resolve(alias)

    def list(self) -> Entries:
        """Both registries' bundles; the local ones alone while the remote is unreachable."""
        near = {entry.digest: entry for entry in self._local.list()}
        try:
            far = {entry.digest: entry for entry in self._remote.list()}
        except RegistryUnavailable as error:
            logger.warning("Listing local bundles only: %s", error)
            far = {}
        return sorted({**far, **near}.values(), key=lambda entry: entry.created_at, reverse=True)

    def pending(self) -> Entries:
        """What the remote has not been told of yet, the oldest first."""
        marked = {path.name for path in self._pending.glob("*")}
        return [entry for entry in reversed(self._local.list()) if entry.digest in marked]

    def synchronise(self) -> Entries:
        """Send what is pending, the oldest first, and return what was sent.

        Stops with ``RegistryUnavailable`` at the first bundle that cannot be sent; it and the
        later ones stay pending. A bundle whose local copy is broken is passed over.
        """
        sent = []
        for entry in self.pending():
            try:
                self._send(entry)
            except (BundleCorrupt, BundleIncompatible, BundleNotFound) as error:
                logger.error("Bundle %s cannot be sent: %s", entry.digest[:12], error)
            else:
                sent.append(entry)
        return sent

    def _send(self, entry: Entry) -> None:
        mark = self._pending / entry.digest
        seen = mark.read_text()
        folder = self._local.get(entry.reference)
        self._remote.put(folder, aliases=self._aliases(entry.digest), metadata=entry.metadata)
        with locked(self._lock):
            # Another mark means that an alias moved while we sent: it goes with the next call.
            if mark.exists() and mark.read_text() == seen:
                mark.unlink()

    def _aliases(self, digest: str) -> tuple[str, ...]:
        """The aliases as they are now, not as they were when the list of what waits was made."""
        return next(entry.aliases for entry in self._local.list() if entry.digest == digest)

    def _adopt(self, reference: str) -> None:
        folder = self._remote.get(reference)
        entry = next(entry for entry in self._remote.list() if entry.reference == reference)
        self._local.adopt(folder, entry)

    def _try_to_synchronise(self) -> None:
        try:
            self.synchronise()
        except RegistryUnavailable as error:
            logger.warning("%d bundles wait to be sent: %s", len(self.pending()), error)

    def _mark(self, digest: str) -> None:
        self._pending.mkdir(parents=True, exist_ok=True)
        with locked(self._lock):
            (self._pending / digest).write_text(uuid4().hex)
