"""What a home for bundles must do, whichever home it is."""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from classifier.errors import BundleNotFound
from classifier.registry.runs import BestRun, Run

DIGEST = re.compile(r"[0-9a-f]{64}")
# No dots or slashes (an alias names a file's entry and a part of an address), and never `v7`:
# Weights & Biases gives those names itself.
ALIAS = re.compile(r"(?!v\d+$)[a-z][a-z0-9_-]{0,47}")


@dataclass(frozen=True)
class Entry:
    """One stored bundle.

    ``reference`` finds it again and is the bundle's ``digest`` (sha256 of bundle.json, hex) in
    every home; ``aliases`` are sorted; ``created_at`` is when it was first put, in UTC.
    """

    reference: str
    digest: str
    aliases: tuple[str, ...]
    created_at: datetime
    metadata: Mapping[str, object] = field(default_factory=dict)


# Names of their own, because inside a registry `list` is a method.
Entries = list[Entry]
Runs = list[Run]


class Registry(ABC):
    """Where bundles live. Every home raises only the errors named here.

    ``RegistryUnavailable`` can come from any call of a home that is reached over a network.
    A badly spelt alias is a ``ValueError``: it is the caller's mistake, not the registry's state.
    """

    @abstractmethod
    def put(
        self,
        bundle: Path,
        *,
        aliases: Sequence[str] = (),
        metadata: Mapping[str, object] | None = None,
        run: Path | None = None,
    ) -> str:
        """Store the bundle folder and return its reference.

        A new bundle also takes the alias ``latest``. Putting the same digest again stores nothing,
        keeps the first metadata, moves only the aliases named and returns the same reference.
        ``metadata`` holds JSON values. ``run`` is the folder with the record of the run that made
        the bundle; it is kept as ``log_run`` keeps it.
        Raises ``BundleCorrupt``, ``BundleIncompatible``.
        """

    @abstractmethod
    def get(self, reference: str) -> Path:
        """A local folder with the bundle, every file checked against its sha256.

        Treat it as read-only. Raises ``BundleNotFound``, ``BundleCorrupt``.
        """

    @abstractmethod
    def alias(self, reference: str, alias: str) -> None:
        """Point the alias at this bundle, away from where it pointed. Raises ``BundleNotFound``."""

    @abstractmethod
    def unalias(self, reference: str, alias: str) -> None:
        """Take the alias from this bundle. Changes nothing where it points elsewhere."""

    @abstractmethod
    def resolve(self, alias: str) -> str | None:
        """The reference which the alias points at, or None."""

    @abstractmethod
    def list(self) -> Entries:
        """Every bundle, the newest first."""

    @abstractmethod
    def log_run(self, record: Path) -> None:
        """Keep the record of a run; one of the same id is replaced.

        The folder is as ``classifier.registry.runs`` describes it. Raises FileNotFoundError where
        it is not a run's.
        """

    @abstractmethod
    def best_of_sweep(self, sweep: str, metric: str) -> BestRun:
        """The run of the sweep with the best last figure, and the reference of its bundle.

        Less is better where the sweep says so, and of a loss or an NLL. Raises ``BundleNotFound``
        where there is no such sweep, no run has the figure, or the best one kept no bundle.
        """

    def pending(self) -> Entries:
        """What waits to be sent on, the oldest first. Nothing, where there is nowhere to send."""
        return []

    def pending_runs(self) -> Runs:
        """The runs of which the same is true."""
        return []

    def synchronise(self) -> Entries:
        """Send on what waits, and return the bundles that were sent.

        May take as long as the network does.
        """
        return []

    def synchronise_soon(self) -> None:
        """See to it that what waits is sent on, and return at once. Call it often."""
        return


def check_alias(alias: str) -> str:
    """The alias, or ValueError where it is not one."""
    if not ALIAS.fullmatch(alias) or DIGEST.fullmatch(alias):
        raise ValueError(
            f"{alias!r} cannot be an alias: use small letters, digits, - and _, at most 48 of them"
        )
    return alias


def check_reference(reference: str) -> str:
    """The reference, or BundleNotFound where nothing can be stored under such a name."""
    if not DIGEST.fullmatch(reference):
        raise BundleNotFound(f"The registry holds no bundle {reference!r}.")
    return reference
