"""Two registries as one: a near one that always works, a far one that gets everything in time."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from classifier.errors import (
    BundleCorrupt,
    BundleIncompatible,
    BundleNotFound,
    RegistryUnavailable,
)
from classifier.registry.base import Entries, Entry, Registry, Runs
from classifier.registry.files import locked_at_once
from classifier.registry.local import LocalRegistry
from classifier.registry.marks import Marks
from classifier.registry.runs import BestRun, is_sent, model_of, read_run

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
        marked = self._bundles.names()
        return [entry for entry in reversed(self._local.list()) if entry.digest in marked]

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
            sent = self._send_all() if ours else []
        self._local.synchronise()
        return sent

    def synchronise_soon(self) -> None:
        """Start the sending, unless nothing waits or the remote failed less than a minute ago."""
        self._local.synchronise_soon()
        self._local.synchronise_soon()
        waits = self._bundles.names() or self._runs.names()
        if waits and not self._is_resting():
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
        self._send_runs()
        return sent

    def _send(self, entry: Entry) -> None:
        """Send a bundle, with the run that made it where that waits, too."""
        turn, dropped = self._bundles.read(entry.digest)
        run = self._waiting_run_of(entry.digest)
        told = self._runs.read(run)[0] if run else ""
        self._remote.put(
            self._local.get(entry.reference),
            aliases=self._aliases(entry.digest),
            metadata=entry.metadata,
            run=self._local.runs.folder(run) if run else None,
        )
        for alias in dropped:
            if self._local.resolve(alias) != entry.reference:
                self._remote.unalias(entry.reference, alias)
        if run:
            self._forget(run, told)
        # Set again meanwhile, it stays: an alias moved while we sent.
        self._bundles.clear(entry.digest, turn)

    def _send_runs(self) -> None:
        """Send the runs that made no bundle, or whose bundle is there already."""
        for name in sorted(self._runs.names()):
            turn, _ = self._runs.read(name)
            try:
                self._remote.log_run(self._local.runs.folder(name))
            except FileNotFoundError as error:
                logger.error("Run %s cannot be sent: %s", name, error)
            self._forget(name, turn)

    def _forget(self, run: str, turn: str) -> None:
        """Once it is sent, no sample picture of a run stays here."""
        self._local.runs.drop_pictures(run)
        self._runs.clear(run, turn)

    def _waiting_run_of(self, digest: str) -> str | None:
        folders = ((name, self._local.runs.folder(name)) for name in sorted(self._runs.names()))
        return next((name for name, folder in folders if model_of(folder) == digest), None)

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

    def _mark(self, digest: str, *, dropped: Sequence[str] = ()) -> None:
        self._bundles.set(digest, dropped=dropped)
        self.synchronise_soon()
