"""Sending on what waits: bundles with the runs that made them, then the other runs."""

import logging
from pathlib import Path

from classifier.errors import BundleCorrupt, BundleIncompatible, BundleNotFound
from classifier.registry.base import Entries, Entry, Registry
from classifier.registry.local import LocalRegistry
from classifier.registry.marks import Marks
from classifier.registry.runs import model_of

logger = logging.getLogger(__name__)

UNSOUND = (BundleCorrupt, BundleIncompatible, BundleNotFound)


class Sender:
    """Sends what is marked in ``bundles`` and ``runs`` from one registry to the other.

    The caller sees to it that one process does so at a time.
    """

    def __init__(self, local: LocalRegistry, remote: Registry, bundles: Marks, runs: Marks) -> None:
        self._local = local
        self._remote = remote
        self._bundles = bundles
        self._runs = runs

    def waiting(self) -> Entries:
        """The bundles that wait, the oldest first."""
        marked = self._bundles.names()
        return [entry for entry in reversed(self._local.list()) if entry.digest in marked]

    def send_all(self) -> Entries:
        """Send everything that can be sent and return the bundles. Raises RegistryUnavailable."""
        sent: Entries = []
        broken: set[str] = set()
        # Looked at anew each time, because others go on marking while we send.
        while waiting := [entry for entry in self.waiting() if entry.digest not in broken]:
            entry = waiting[0]
            try:
                self._send_bundle(entry)
            except UNSOUND as error:
                logger.error("Bundle %s cannot be sent: %s", entry.digest[:12], error)
                broken.add(entry.digest)
            else:
                sent.append(entry)
        for name in sorted(self._runs.names()):
            self._send_run(name)
        return sent

    def _send_bundle(self, entry: Entry) -> None:
        turn, dropped = self._bundles.read(entry.digest)
        run = self._waiting_run_of(entry.digest)
        if not (run and self._send_run(run)):
            self._put(entry)
        for alias in dropped:
            if self._local.resolve(alias) != entry.reference:
                self._remote.unalias(entry.reference, alias)
        # Set again meanwhile, it stays: an alias moved while we sent.
        self._bundles.clear(entry.digest, turn)

    def _send_run(self, name: str) -> bool:
        """Send a run with its bundle; return whether that went along.

        Once it is sent, no sample picture of it stays here.
        """
        turn, _ = self._runs.read(name)
        folder = self._local.runs.folder(name)
        made = [entry for entry in self._local.list() if entry.digest == model_of(folder)]
        try:
            if made:
                self._put(made[0], folder)
            else:
                self._remote.log_run(folder)
        except (FileNotFoundError, *UNSOUND) as error:
            logger.error("Run %s cannot be sent: %s", name, error)
            made = []
        self._local.runs.drop_pictures(name)
        self._runs.clear(name, turn)
        return bool(made)

    def _put(self, entry: Entry, run: Path | None = None) -> None:
        """With the aliases of this moment; an entry's own may have moved since it was read."""
        now = next(other for other in self._local.list() if other.digest == entry.digest)
        self._remote.put(
            self._local.get(entry.reference),
            aliases=now.aliases,
            metadata=entry.metadata,
            run=run,
        )

    def _waiting_run_of(self, digest: str) -> str | None:
        names = sorted(self._runs.names())
        made = (name for name in names if model_of(self._local.runs.folder(name)) == digest)
        return next(made, None)
