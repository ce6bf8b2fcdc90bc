"""The process that talks to Weights & Biases for ``WandbRegistry``.

A program of its own: one request as JSON on standard input, one answer as JSON on standard output,
then the end. It imports nothing else of ours.
"""

import ctypes
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from typing import Any, TextIO

_PR_SET_PDEATHSIG = 1
DIGEST_KEY = "bundle_digest"
Json = dict[str, Any]
# Names of their own, because inside the client `list` is a method.
Rows = list[Json]
Names = list[str]


class MissingError(Exception):
    """The server answered that there is no such version."""


class Client:
    """Our four questions, put through the public API, and one short run to log a bundle."""

    def __init__(self, *, entity: str, project: str, artifact: str, timeout: float) -> None:
        import wandb

        self.wandb = wandb
        self.timeout = timeout
        self.api = wandb.Api(timeout=max(1, round(timeout)))
        self.entity = entity or self.api.default_entity
        self.project, self.artifact = project, artifact
        self.name = f"{self.entity}/{project}/{artifact}"

    def put(self, folder: str, digest: str, aliases: Names, metadata: Json) -> None:
        """Log the folder, unless a version with that digest is there; then move the aliases."""
        try:
            version = self._version(digest)
        except MissingError:
            self._log(folder, digest, aliases, metadata)
        else:
            self._point(version, aliases)

    def get(self, digest: str, folder: str) -> None:
        self._version(digest).download(root=folder, skip_cache=True)

    def alias(self, digest: str, alias: str) -> None:
        self._point(self._version(digest), [alias])

    def resolve(self, alias: str) -> str | None:
        try:
            found = self._version(alias).metadata.get(DIGEST_KEY)
        except MissingError:
            return None
        return str(found) if found else None

    def list(self) -> Rows:
        """Versions that somebody logged by hand hold no bundle of ours and are left out."""
        try:
            versions = list(self.api.artifacts("model", self.name))
        except ValueError as error:
            if not _is_absence(error):
                raise
            return []
        versions.sort(key=lambda version: int(version.version[1:]), reverse=True)
        return [_describe(version) for version in versions if DIGEST_KEY in version.metadata]

    def _version(self, alias: str) -> Any:
        try:
            return self.api.artifact(f"{self.name}:{alias}", type="model")
        except self.wandb.errors.CommError as error:
            if _is_absence(error.exc):
                raise MissingError(str(error)) from error
            raise

    def _log(self, folder: str, digest: str, aliases: Names, metadata: Json) -> None:
        settings = self.wandb.Settings(
            console="off",
            disable_code=True,
            disable_git=True,
            init_timeout=self.timeout,
            x_disable_machine_info=True,
            x_disable_stats=True,
        )
        run = self.wandb.init(
            entity=self.entity,
            project=self.project,
            job_type="register",
            name=f"register {digest[:12]}",
            settings=settings,
        )
        artifact = self.wandb.Artifact(
            self.artifact, type="model", metadata={**metadata, DIGEST_KEY: digest}
        )
        artifact.add_dir(folder, skip_cache=True, policy="immutable")
        # The digest is an alias too: with it one query finds the version of a bundle.
        run.log_artifact(artifact, aliases=[digest, *aliases]).wait()
        run.finish()

    def _point(self, version: Any, aliases: Names) -> None:
        new = [alias for alias in aliases if alias not in version.aliases]
        if new:
            version.aliases = [*version.aliases, *new]
            version.save()


def _is_absence(error: BaseException | None) -> bool:
    """The client says "not there" by a plain ValueError; its subclasses mean something else."""
    return type(error) is ValueError


def _describe(version: Any) -> Json:
    metadata = dict(version.metadata)
    digest = metadata.pop(DIGEST_KEY)
    return {
        "digest": digest,
        "aliases": sorted(set(version.aliases) - {digest}),
        "created_at": version.created_at,
        "metadata": metadata,
    }


def answer(request: Json) -> Json:
    """Do what is asked and say how it went."""
    client = Client(**request["client"])
    operations: Mapping[str, Callable[..., object]] = {
        "put": client.put,
        "get": client.get,
        "alias": client.alias,
        "resolve": client.resolve,
        "list": client.list,
    }
    return {"result": operations[request["operation"]](**request["arguments"])}


def main() -> None:
    """Answer one request."""
    out = private_stdout()
    request = json.load(sys.stdin)
    die_with_parent()
    signal.alarm(round(request["limit"]) + 5)  # should the parent forget us
    set_environment(request["environment"])
    try:
        said = answer(request)
    except MissingError as error:
        said = {"missing": str(error)}
    except Exception as error:
        said = {"error": f"{type(error).__name__}: {error}"}
    json.dump(said, out)
    out.flush()
    # The answer is given. What the client would still tidy up in its exit hooks can wait on a
    # network that is gone; its service process ends by itself when we do.
    os._exit(0)


def die_with_parent() -> None:
    """Should the process that asked be killed, nobody stops us, but Linux does."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def set_environment(wanted: Mapping[str, str]) -> None:
    """Let wandb see these variables and, of its own, no others; proxies and such stay."""
    environment = os.environ
    for name in [name for name in environment if name.startswith("WANDB_")]:
        del environment[name]
    environment.update(wanted)


def private_stdout() -> TextIO:
    """Keep standard output for the answer; whatever else is printed goes to standard error."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return out


if __name__ == "__main__":
    main()
