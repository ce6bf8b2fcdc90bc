"""What the W&B test server remembers."""

import base64
import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

Json = dict[str, Any]


def new_id(kind: str) -> str:
    """An opaque id of the shape that the client expects: base64 of ``Kind:number``."""
    return base64.b64encode(f"{kind}:{uuid4().int % 10**12}".encode()).decode()


@dataclass
class StoredFile:
    """One uploaded file; ``md5`` (base64) is what the client declared before it sent the body."""

    name: str
    md5: str
    key: str = field(default_factory=lambda: uuid4().hex)
    body: bytes | None = None

    def accepts(self, body: bytes) -> bool:
        """Whether the body is the one that was declared; run files declare nothing."""
        return self.md5 in ("", base64.b64encode(hashlib.md5(body).digest()).decode())


@dataclass
class Version:
    """One artifact version of a collection, pending until it is committed."""

    index: int
    digest: str
    client_id: str = ""
    metadata: str | None = None
    description: str | None = None
    wanted_aliases: list[str] = field(default_factory=list)
    state: str = "PENDING"
    manifest: StoredFile | None = None
    files: list[StoredFile] = field(default_factory=list)
    id: str = field(default_factory=lambda: new_id("Artifact"))
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass
class Collection:
    """The versions of one artifact. An alias points at one version's id.

    A portfolio is a collection of a registry: versions of others are linked into it.
    """

    project: str
    name: str
    kind: str
    portfolio: bool = False
    id: str = field(default_factory=lambda: new_id("ArtifactSequence"))
    versions: list[Version] = field(default_factory=list)
    aliases: dict[str, str] = field(default_factory=dict)

    def committed(self) -> list[Version]:
        return [version for version in self.versions if version.state == "COMMITTED"]

    def find(self, name: str) -> Version | None:
        """By ``v3``, or by an alias."""
        for version in self.committed():
            if name == f"v{self.index_of(version)}" or self.aliases.get(name) == version.id:
                return version
        return None

    def index_of(self, version: Version) -> int:
        return self.versions.index(version) if self.portfolio else version.index

    def same_content(self, digest: str) -> Version | None:
        return next((v for v in self.committed() if v.digest == digest), None)

    def point(self, version: Version, aliases: list[str]) -> None:
        """An alias belongs to one version: adding it here takes it from where it was."""
        self.aliases.update(dict.fromkeys(aliases, version.id))


@dataclass
class Run:
    """One run; ``streamed`` holds every file_stream message as it came."""

    name: str
    project: str
    job_type: str | None
    config: str = "{}"
    state: str = "running"
    sweep: str | None = None
    group: str | None = None
    title: str = ""
    used: list[str] = field(default_factory=list)
    logged: list[str] = field(default_factory=list)
    streamed: list[Json] = field(default_factory=list)
    id: str = field(default_factory=lambda: new_id("Run"))

    def lines(self, file: str) -> list[str]:
        """The lines of one streamed file, each where it was said to begin."""
        lines: dict[int, str] = {}
        for message in self.streamed:
            part = message.get("files", {}).get(file)
            if part:
                lines |= dict(enumerate(part["content"], part["offset"]))
        return [lines[place] for place in sorted(lines)]

    def parts(self, file: str) -> list[Json]:
        """The JSON lines of one streamed file as they came, those that were replaced included."""
        streamed = [m["files"][file] for m in self.streamed if file in m.get("files", {})]
        return [json.loads(line) for part in streamed for line in part["content"]]

    def summary(self) -> Json:
        """The newest value of each figure."""
        summary: Json = {}
        for part in self.parts("wandb-summary.json"):
            summary |= part
        return summary


@dataclass
class Sweep:
    """A sweep, the agents that registered and the names of the runs that it started."""

    name: str
    project: str
    config: str
    agents: list[str] = field(default_factory=list)
    started: list[str] = field(default_factory=list)
    id: str = field(default_factory=lambda: new_id("Sweep"))


@dataclass
class Records:
    """Everything, by the names that the protocol uses. ``url`` is where the server is reached."""

    url: str = ""
    collections: dict[tuple[str, str], Collection] = field(default_factory=dict)
    runs: dict[tuple[str, str], Run] = field(default_factory=dict)
    sweeps: dict[str, Sweep] = field(default_factory=dict)
    files: dict[str, StoredFile] = field(default_factory=dict)
    registries: set[str] = field(default_factory=set)

    def versions(self) -> list[tuple[Collection, Version]]:
        """Each version with the collection that it was logged to."""
        sources = [c for c in self.collections.values() if not c.portfolio]
        return [(c, version) for c in sources for version in c.versions]

    def version(self, version_id: str) -> tuple[Collection, Version]:
        """Raises KeyError."""
        return {version.id: (c, version) for c, version in self.versions()}[version_id]

    def projects(self) -> set[str]:
        return {project for project, _ in [*self.collections, *self.runs]} | {
            sweep.project for sweep in self.sweeps.values()
        }

    def runs_of(self, project: str, sweep: str) -> list[Run]:
        return [run for run in self.runs.values() if (run.project, run.sweep) == (project, sweep)]

    def expect(self, file: StoredFile) -> StoredFile:
        """Give the file an address that it can be uploaded to."""
        self.files[file.key] = file
        return file

    def address(self, file: StoredFile | None) -> str | None:
        return f"{self.url}/storage/{file.key}" if file else None
