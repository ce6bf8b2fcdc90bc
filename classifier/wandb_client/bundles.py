"""Bundles as versions of one model artifact: the questions that the registry asks."""

from collections.abc import Sequence
from typing import Any

from classifier.wandb_client.process import Json
from classifier.wandb_client.runs import DIGEST_KEY, MODEL, log_bundle, start_run

# A name of their own, because inside the client `list` is a method.
Rows = list[Json]


class MissingError(Exception):
    """The server answered that there is no such thing."""


class Bundles:
    """Reads by the public API and never by a run; only a new bundle is logged, by a short one.

    Where ``linked`` names a collection, what is put or gets an alias is linked into it.
    """

    def __init__(
        self, *, entity: str, project: str, artifact: str, linked: str, timeout: float
    ) -> None:
        import wandb

        self.wandb = wandb
        self.timeout = timeout
        named = {"entity": entity} if entity else None
        self.api: Any = wandb.Api(overrides=named, timeout=max(1, round(timeout)))
        self.entity = entity or self.api.default_entity
        self.project, self.artifact = project, artifact
        self.name = f"{self.entity}/{project}/{artifact}"
        self.linked = linked

    def put(self, folder: str, digest: str, aliases: Sequence[str], metadata: Json) -> None:
        """Log the folder in a short run, unless a version with that digest is there already."""
        if not self.moved(digest, aliases):
            name = {"name": f"register {digest[:12]}", "job_type": "register"}
            run = self.start_run(name)
            self.log(run, folder=folder, digest=digest, aliases=aliases, metadata=metadata)
            run.finish()

    def start_run(self, wanted: Json) -> Any:
        place = {"entity": self.entity, "project": self.project}
        return start_run({**place, **wanted}, self.timeout)

    def log(self, run: Any, **bundle: Any) -> None:
        """Log a bundle as what the run made; see :func:`log_bundle`."""
        log_bundle(run, artifact=self.artifact, linked=self.linked, **bundle)

    def moved(self, digest: str, aliases: Sequence[str]) -> bool:
        """Move the aliases to the version with that digest; False where there is none."""
        try:
            self._point(self.version(digest), aliases)
        except MissingError:
            return False
        return True

    def get(self, digest: str, folder: str) -> None:
        self.version(digest).download(root=folder, skip_cache=True)

    def alias(self, digest: str, alias: str) -> None:
        self._point(self.version(digest), [alias])

    def unalias(self, digest: str, alias: str) -> None:
        """Take the alias from this version, where it has it, in the linked registry, too."""
        for name in filter(None, (self.name, self.linked)):
            try:
                version = self.version(alias, name)
            except MissingError:
                continue
            if version.metadata.get(DIGEST_KEY) == digest:
                version.aliases = [other for other in version.aliases if other != alias]
                version.save()

    def resolve(self, alias: str) -> str | None:
        try:
            found = self.version(alias).metadata.get(DIGEST_KEY)
        except MissingError:
            return None
        return str(found) if found else None

    def list(self) -> Rows:
        """Versions that somebody logged by hand hold no bundle of ours and are left out."""
        try:
            versions = list(self.api.artifacts(MODEL, self.name))
        except ValueError as error:
            if not is_absence(error):
                raise
            return []
        versions.sort(key=lambda version: int(version.version[1:]), reverse=True)
        return [_describe(version) for version in versions if DIGEST_KEY in version.metadata]

    def version(self, alias: str, name: str = "") -> Any:
        """The version with that alias. Raises MissingError."""
        try:
            return self.api.artifact(f"{name or self.name}:{alias}", type=MODEL)
        except self.wandb.errors.CommError as error:
            if is_absence(error.exc):
                raise MissingError("Weights & Biases holds no such bundle.") from error
            raise

    def _point(self, version: Any, aliases: Sequence[str]) -> None:
        new = [alias for alias in aliases if alias not in version.aliases]
        if new:
            version.aliases = [*version.aliases, *new]
            version.save()
        self._link(version, aliases)

    def _link(self, version: Any, aliases: Sequence[str]) -> None:
        """Linking what is linked already changes nothing but the aliases named."""
        if self.linked:
            version.link(self.linked, list(aliases))


def is_absence(error: BaseException | None) -> bool:
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
