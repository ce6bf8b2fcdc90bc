"""The registry on a folder: the default home, and the near half of the mirrored one."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from classifier.errors import BundleNotFound
from classifier.registry.base import Entries, Entry, Registry, check_alias, check_reference
from classifier.registry.files import locked, write_json
from classifier.registry.runs import BestRun, RunStore, best_run
from classifier.registry.store import BundleStore


class LocalRegistry(Registry):
    """Bundles under a folder.

    ``bundles/<digest>/`` the files, ``entries/<digest>.json`` when and with what metadata it was
    put, ``aliases.json`` the aliases, ``runs/<id>/`` the records of runs. The two JSON kinds are
    written beside and renamed; whoever changes them holds ``lock``, so that two processes at once
    lose nothing of each other's.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._bundles = BundleStore(root / "bundles")
        self.runs = RunStore(root / "runs")
        self._entries = root / "entries"
        self._aliases = root / "aliases.json"

    def put(
        self,
        bundle: Path,
        *,
        aliases: Sequence[str] = (),
        metadata: Mapping[str, object] | None = None,
        run: Path | None = None,
    ) -> str:
        wanted = [check_alias(alias) for alias in aliases]
        digest = self._bundles.add(bundle)
        with locked(self.root / "lock"):
            if not self._entry_file(digest).exists():
                self._write_entry(digest, datetime.now(UTC), metadata or {})
                wanted.append("latest")
            self._point(wanted, digest)
        if run is not None:
            self.runs.add(run, model=digest)
        return digest

    def adopt(self, bundle: Path, entry: Entry) -> None:
        """Take in a bundle of another registry, with its age and metadata, without its aliases."""
        digest = self._bundles.add(bundle)
        with locked(self.root / "lock"):
            if not self._entry_file(digest).exists():
                self._write_entry(digest, entry.created_at, entry.metadata)

    def get(self, reference: str) -> Path:
        return self._bundles.open(reference)

    def alias(self, reference: str, alias: str) -> None:
        check_alias(alias)
        with locked(self.root / "lock"):
            if not self._entry_file(check_reference(reference)).exists():
                raise BundleNotFound(f"There is no bundle {reference[:12]} in this registry.")
            self._point([alias], reference)

    def unalias(self, reference: str, alias: str) -> None:
        check_alias(alias)
        with locked(self.root / "lock"):
            aliases = self._read_aliases()
            if aliases.get(alias) == check_reference(reference):
                del aliases[alias]
                write_json(self._aliases, aliases)

    def resolve(self, alias: str) -> str | None:
        return self._read_aliases().get(check_alias(alias))

    def list(self) -> Entries:
        aliases = self._read_aliases()
        found = [self._read_entry(path, aliases) for path in self._entries.glob("*.json")]
        return sorted(found, key=lambda entry: (entry.created_at, entry.digest), reverse=True)

    def log_run(self, record: Path) -> None:
        self.runs.add(record)

    def best_of_sweep(self, sweep: str, metric: str) -> BestRun:
        return best_run(self.runs, sweep, metric)

    def _entry_file(self, digest: str) -> Path:
        return self._entries / f"{digest}.json"

    def _write_entry(self, digest: str, at: datetime, metadata: Mapping[str, object]) -> None:
        entry = {"created_at": at.isoformat(), "metadata": dict(metadata)}
        write_json(self._entry_file(digest), entry)

    def _read_entry(self, path: Path, aliases: Mapping[str, str]) -> Entry:
        stored = json.loads(path.read_text())
        digest = path.stem
        return Entry(
            reference=digest,
            digest=digest,
            aliases=tuple(sorted(name for name, target in aliases.items() if target == digest)),
            created_at=datetime.fromisoformat(stored["created_at"]),
            metadata=stored["metadata"],
        )

    def _read_aliases(self) -> dict[str, str]:
        try:
            return dict(json.loads(self._aliases.read_text()))
        except FileNotFoundError:
            return {}

    def _point(self, aliases: Sequence[str], digest: str) -> None:
        """Move the aliases. The caller holds the lock."""
        if aliases:
            moved = dict.fromkeys(aliases, digest)
            write_json(self._aliases, {**self._read_aliases(), **moved})
