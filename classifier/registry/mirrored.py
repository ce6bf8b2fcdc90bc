"""Two registries as one: a near one that always works, a far one that gets everything in time."""

import logging
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from classifier.errors import BundleNotFound, RegistryUnavailable
from classifier.registry.base import Entries, Registry, Runs
from classifier.registry.beside import Start, start_thread
from classifier.registry.files import locked_at_once
from classifier.registry.local import LocalRegistry
from classifier.registry.marks import Marks
from classifier.registry.runs import BestRun, is_sent, read_run
from classifier.registry.sending import Sender

logger = logging.getLogger(__name__)

# After a failure we leave a remote that does not answer alone for so long.
REST_SECONDS = 60.0


class MirroredRegistry(Registry):
    """Writes land in ``local`` and return; they reach ``remote`` as soon as it lets them.

    ``pending/<digest>`` marks a bundle which the remote may not hold as the local registry does:
    the bundle itself, or an alias that moved; ``pending-runs/<id>`` marks a run. What to send is
    read from the local registry when it is sent, so that sending twice or late is harmless.
    ``start`` runs the sending.

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
        self._bundles = Marks(pending)
        self._runs = Marks(pending.with_name(f"{pending.name}-runs"))
        self._sender = Sender(local, remote, self._bundles, self._runs)
        self._sending = pending.with_suffix(".sending")
        self._failed = pending.with_suffix(".failed")
        self._start = start

    def put(
        self,
        bundle: Path,
        *,
        aliases: Sequence[str] = (),
        metadata: Mapping[str, object] | None = None,
        run: Path | None = None,
    ) -> str:
        reference = self._local.put(bundle, aliases=aliases, metadata=metadata, run=run)
        if run is not None and not is_sent(run):
            self._runs.set(read_run(run).id)
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

    def unalias(self, reference: str, alias: str) -> None:
        self._local.unalias(reference, alias)
        self._mark(reference, dropped=[alias])

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

    def log_run(self, record: Path) -> None:
        self._local.log_run(record)
        if not is_sent(record):
            self._runs.set(read_run(record).id)
            self.synchronise_soon()

    def best_of_sweep(self, sweep: str, metric: str) -> BestRun:
        """The remote's answer, because a sweep's runs may come from many machines."""
        try:
            return self._remote.best_of_sweep(sweep, metric)
        except (BundleNotFound, RegistryUnavailable) as error:
            logger.warning("Looking for the best run among the local ones only: %s", error)
            return self._local.best_of_sweep(sweep, metric)

    def pending(self) -> Entries:
        return self._sender.waiting()

    def pending_runs(self) -> Runs:
        folders = [self._local.runs.folder(name) for name in sorted(self._runs.names())]
        return [read_run(folder) for folder in folders if folder.is_dir()]

    def synchronise(self) -> Entries:
        """Send what is pending, the oldest first, and return what was sent.

        Raises ``RegistryUnavailable`` at the first bundle that cannot be sent; it and the later
        ones stay pending. A bundle whose local copy is broken is passed over. Returns nothing
        where another process is sending.
        """
        with locked_at_once(self._sending) as ours:
            sent = self._sender.send_all() if ours else []
        self._local.synchronise()
        return sent

    def synchronise_soon(self) -> None:
        """Start the sending, unless nothing waits or the remote failed less than a minute ago."""
        self._local.synchronise_soon()
        waits = self._bundles.names() or self._runs.names()
        if waits and not self._is_resting():
            self._start(self._try_to_synchronise)

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

    def _mark(self, digest: str, *, dropped: Sequence[str] = ()) -> None:
        self._bundles.set(digest, dropped=dropped)
        self.synchronise_soon()
