"""The registry on Weights & Biases: every bundle a version of one model artifact."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from classifier.detector.bundle import read_bundle
from classifier.errors import BundleCorrupt, BundleNotFound, RegistryUnavailable
from classifier.registry.base import Entries, Entry, Registry, check_alias, check_reference
from classifier.registry.runs import OWN_SWEEP, BestRun, falls, has_finished, read_run, told
from classifier.registry.store import BundleStore

# Run by its path, and with -P without its folder on the module path.
_PROGRAM = Path(__file__).parents[1] / "wandb_client" / "__main__.py"
CLIENT = (sys.executable, "-P", str(_PROGRAM))


@dataclass(frozen=True)
class WandbSettings:
    """Where and how to reach Weights & Biases. ``entity`` "" means the key's own default.

    ``registry`` is the registry there which bundles are linked into as well: its name, or
    ``organisation/name``; "" for none.
    ``timeout`` bounds a question, ``transfer_timeout`` an upload or a download, both in seconds
    and whatever the server does. ``base_url`` None means the service at its usual address.
    """

    entity: str
    project: str
    api_key: str = field(repr=False)
    artifact: str = "ai_vs_human_model"
    registry: str = ""
    base_url: str | None = None
    timeout: float = 30.0
    transfer_timeout: float = 600.0

    @property
    def linked(self) -> str:
        """The path of the collection in that registry, or ""."""
        organisation, slash, name = self.registry.rpartition("/")
        return f"{organisation}{slash}wandb-registry-{name}/{self.artifact}" if name else ""


class WandbRegistry(Registry):
    """Bundles as versions of a model artifact; the reference is the digest here too.

    Each call is one short process with an environment, a scratch folder and a time limit of its
    own. So a slow server costs a known time, no service process or setting of the wandb client
    stays behind in a worker, and the site itself never imports wandb. What was fetched once is
    kept in ``cache``, checked by digest, and never asked for again.
    """

    def __init__(self, settings: WandbSettings, *, cache: Path) -> None:
        self._settings = settings
        self._cache = BundleStore(cache)

    def put(
        self,
        bundle: Path,
        *,
        aliases: Sequence[str] = (),
        metadata: Mapping[str, object] | None = None,
        run: Path | None = None,
    ) -> str:
        wanted = [check_alias(alias) for alias in aliases]
        digest = read_bundle(bundle, verify=True).digest
        given: dict[str, object] = {"digest": digest, "aliases": wanted}
        given |= {"folder": str(bundle.resolve()), "metadata": dict(metadata or {})}
        limit = self._settings.transfer_timeout
        if run is None:
            self._ask("put", limit=limit, **given)
        else:
            self._ask("log_run", limit=limit, **_as_told(run), bundle=given)
        return digest

    def get(self, reference: str) -> Path:
        try:
            return self._cache.open(reference)
        except (BundleNotFound, BundleCorrupt):
            self._download(check_reference(reference))
        return self._cache.open(reference)

    def alias(self, reference: str, alias: str) -> None:
        self._ask("alias", digest=check_reference(reference), alias=check_alias(alias))

    def unalias(self, reference: str, alias: str) -> None:
        self._ask("unalias", digest=check_reference(reference), alias=check_alias(alias))

    def resolve(self, alias: str) -> str | None:
        found = self._ask("resolve", alias=check_alias(alias))
        return str(found) if found else None

    def list(self) -> Entries:
        return [_entry(described) for described in self._ask("list")]

    def log_run(self, record: Path) -> None:
        self._ask("log_run", limit=self._settings.transfer_timeout, **_as_told(record))

    def best_of_sweep(self, sweep: str, metric: str) -> BestRun:
        found = self._ask("best_of_sweep", sweep=sweep, metric=metric, falls=falls(metric))
        return BestRun(found["digest"], found["run"], found["name"], metric, found["value"])

    def _download(self, digest: str) -> None:
        with self._cache.scratch() as scratch:
            folder = scratch / "bundle"
            limit = self._settings.transfer_timeout
            self._ask("get", limit=limit, digest=digest, folder=str(folder))
            found = self._cache.add(folder)
        if found != digest:
            raise BundleCorrupt(f"Weights & Biases sent bundle {found[:12]}, not {digest[:12]}.")

    def _ask(self, operation: str, *, limit: float | None = None, **arguments: object) -> Any:
        limit = limit or self._settings.timeout
        with self._cache.scratch() as scratch:
            request = {
                "do": "question",
                "operation": operation,
                "arguments": arguments,
                "limit": limit,
                "environment": client_environment(self._settings, scratch),
                "client": self._client(),
            }
            answer = _run_client(request, limit, complaints=scratch / "stderr")
        if "missing" in answer:
            raise BundleNotFound(answer["missing"])
        if "error" in answer:
            raise RegistryUnavailable(f"Weights & Biases could not be used: {answer['error']}")
        return answer["result"]

    def _client(self) -> dict[str, object]:
        settings = self._settings
        names = {"entity": settings.entity, "project": settings.project}
        names |= {"artifact": settings.artifact, "linked": settings.linked}
        return {**names, "timeout": settings.timeout}


def client_environment(settings: WandbSettings, scratch: Path) -> dict[str, str]:
    """The whole of wandb's environment. It keeps no cache: ours is the only one."""
    folders = ("DIR", "CACHE_DIR", "CONFIG_DIR", "DATA_DIR", "ARTIFACT_DIR")
    environment = {f"WANDB_{name}": str(scratch) for name in folders}
    environment |= {
        "WANDB_API_KEY": settings.api_key,
        "WANDB_CONSOLE": "off",
        "WANDB_ERROR_REPORTING": "false",
        "WANDB_MODE": "online",
        "WANDB_SILENT": "true",
    }
    if settings.base_url:
        environment["WANDB_BASE_URL"] = settings.base_url
    return environment


def _run_client(request: Mapping[str, object], limit: float, complaints: Path) -> dict[str, Any]:
    """One request to one answer, in a process that does not outlive ``limit`` seconds.

    It complains into a file and not a pipe, because wandb's own service process holds its standard
    error open a little longer than it lives.
    """
    with (
        complaints.open("w") as stderr,
        subprocess.Popen(
            CLIENT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            start_new_session=True,
        ) as process,
    ):
        try:
            said, _ = process.communicate(json.dumps(request) + "\n", timeout=limit)
        except subprocess.TimeoutExpired as error:
            raise RegistryUnavailable(
                f"Weights & Biases did not answer within {limit:g} seconds."
            ) from error
        finally:
            kill_group(process.pid)
    try:
        return dict(json.loads(said))
    except ValueError as error:
        last = (complaints.read_text().strip().splitlines() or ["it said nothing"])[-1]
        raise RegistryUnavailable(f"The Weights & Biases client stopped: {last}") from error


def kill_group(leader: int) -> None:
    """End the client and every process it started."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return


def _as_told(record: Path) -> dict[str, object]:
    """A run's record in the words of the client. Raises FileNotFoundError."""
    run = read_run(record)
    who = {"id": run.id, "name": run.name, "job_type": run.kind}
    who["group" if run.sweep.startswith(OWN_SWEEP) else "sweep"] = run.sweep
    return {"run": who, "told": list(told(record)), "finished": has_finished(record)}


def _entry(described: Mapping[str, Any]) -> Entry:
    created = datetime.fromisoformat(described["created_at"])
    return Entry(
        reference=described["digest"],
        digest=described["digest"],
        aliases=tuple(described["aliases"]),
        created_at=created if created.tzinfo else created.replace(tzinfo=UTC),
        metadata=described["metadata"],
    )
