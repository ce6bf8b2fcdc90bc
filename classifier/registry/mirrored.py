"""Two registries as one: a near one that always works, a far one that gets everything in time."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from uuid import uuid4

from classifier.errors import (
    BundleCorrupt,
    BundleIncompatible,
    BundleNotFound,
    RegistryUnavailable,
)
from classifier.registry.base import Entries, Entry, Registry
from classifier.registry.files import locked, locked_at_once
from classifier.registry.local import LocalRegistry

logger = logging.getLogger(__name__)

# After a failure we leave a remote that does not answer alone for so long.
REST_SECONDS = 60.0

Start = Callable[[Callable[[], None]], object]


def start_thread(work: Callable[[], None]) -> None:
    """Do the work beside us. It may be cut off when the process ends: what was sent stays sent."""
    threading.Thread(target=work, name="registry-mirror", daemon=True).start()


class MirroredRegistry(Registry):
    """Writes land in ``local`` and return; they reach ``remote`` as soon as it lets them.

    ``pending/<digest>`` marks a bundle which the remote may not hold as the local registry does:
    the bundle itself, or an alias that moved. What to send is read from the local registry when it
    is sent, so that sending twice or late is harmless. ``start`` runs the sending.

    Reads ask the local registry first. Only what it does not know is asked of the remote.
    """

    def __init__(
        self,
        local: LocalRegistry,
        remote: Registry,
        *,
        pending: Path,
        start: Start = start_thread,
    ) -> None:
        self._local = local
        self._remote = remote
        self._pending = pending
        self._marks = pending.with_suffix(".lock")
        self._sending = pending.with_suffix(".sending")
        self._failed = pending.with_suffix(".failed")
        self._start = start

    def put(
        self,
        bundle: Path,
        *,
        aliases: Sequence[str] = (),
        metadata: Mapping[str, object] | None = None,
    ) -> str:
        reference = self._local.put(bundle, aliases=aliases, metadata=metadata)
        self._mark(reference)
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
        marked = {path.name for path in self._pending.glob("*")}
        return [entry for entry in reversed(self._local.list()) if entry.digest in marked]

    def synchronise(self) -> Entries:
        """Send what is pending, the oldest first, and return what was sent.

        Raises ``RegistryUnavailable`` at the first bundle that cannot be sent; it and the later
        ones stay pending. A bundle whose local copy is broken is passed over. Returns nothing
        where another process is sending.
        """
        with locked_at_once(self._sending) as ours:
            return self._send_all() if ours else []

    def synchronise_soon(self) -> None:
        """Start the sending, unless nothing waits or the remote failed less than a minute ago."""
        if self.pending() and not self._is_resting():
            self._start(self._try_to_synchronise)

    def _send_all(self) -> Entries:
        sent: Entries = []
        broken: set[str] = set()
        # Looked at anew each time, because others go on marking while we send.
        while waiting := [entry for entry in self.pending() if entry.digest not in broken]:
            entry = waiting[0]
            try:
                self._send(entry)
            except (BundleCorrupt, BundleIncompatible, BundleNotFound) as error:
                logger.error("Bundle %s cannot be sent: %s", entry.digest[:12], error)
                broken.add(entry.digest)
            else:
                sent.append(entry)
        return sent

    def _send(self, entry: Entry) -> None:
        mark = self._pending / entry.digest
        seen = mark.read_text()
        folder = self._local.get(entry.reference)
        self._remote.put(folder, aliases=self._aliases(entry.digest), metadata=entry.metadata)
        with locked(self._marks):
            # Another mark means that an alias moved while we sent: then it is sent once more.
            if mark.read_text() == seen:
                mark.unlink()

    def _aliases(self, digest: str) -> tuple[str, ...]:
        """The aliases of this moment; an entry's own may have moved since it was read."""
        return next(entry.aliases for entry in self._local.list() if entry.digest == digest)

    def _adopt(self, reference: str) -> None:
        folder = self._remote.get(reference)
        entry = next(entry for entry in self._remote.list() if entry.reference == reference)
        self._local.adopt(folder, entry)

    def _try_to_synchronise(self) -> None:
        try:
            self.synchronise()
        except RegistryUnavailable as error:
            self._failed.touch()
            logger.warning("Bundles that wait to be sent: %d. %s", len(self.pending()), error)
        else:
            self._failed.unlink(missing_ok=True)

    def _is_resting(self) -> bool:
        try:
            return time.time() - self._failed.stat().st_mtime < REST_SECONDS
        except FileNotFoundError:
            return False

    def _mark(self, digest: str) -> None:
        self._pending.mkdir(parents=True, exist_ok=True)
        with locked(self._marks):
            (self._pending / digest).write_text(uuid4().hex)
        self.synchronise_soon()
