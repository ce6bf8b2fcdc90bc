"""What the W&B test server tells: the shapes that client 0.31.0 asks for and validates."""

import json
from typing import Any

from tests.servers.wandb_records import Collection, Json, Records, Run, StoredFile, Sweep, Version

ENTITY = "newsroom"
# The organisation of that team, under its own name and as the entity that owns its registries.
ORGANISATION, ORGANISATION_ENTITY = "The News", "the-news"
FEATURES = (
    "TOTAL_COUNT_IN_FILE_CONNECTION",
    "ARTIFACT_COLLECTION_MEMBERSHIP_FILES",
    "ARTIFACT_MEMBERSHIP_IN_LINK_ARTIFACT_RESPONSE",
)


class Queries:
    """The read half of the schema, over the records."""

    def __init__(self, records: Records) -> None:
        self.records = records

    def root(self) -> Json:
        return {
            "viewer": _viewer(),
            "serverInfo": {"features": [{"name": name, "isEnabled": True} for name in FEATURES]},
            "entity": _entity,
            "organization": lambda name: {"featureFlags": lambda **_: []},
            "project": self.project,
            "model": self.project,
            "artifact": lambda **given: self.artifact(*self.records.version(given["id"])),
            "clientIDMapping": self._client_id_mapping,
        }

    # The names of the arguments below are the protocol's own.

    def project(self, name: str, entityName: str) -> Json | None:
        owner = self._owner(name)
        if entityName != owner:
            return None
        return {
            **_project_info(name),
            "readOnly": False,
            "artifactType": lambda **given: self._artifact_type(name, given["name"]),
            "artifactCollection": lambda **given: self._collection(name, given["name"]),
            "artifactCollectionMembership": lambda **given: self._named(name, given["name"]),
            "artifact": lambda **given: (self._named(name, given["name"]) or {}).get("artifact"),
            "sweep": lambda **given: self._sweep(name, given["sweepName"]),
            "run": lambda **given: self._run(name, given["name"]),
            "bucket": lambda **given: self._run(name, given["name"]),
            "runs": lambda **given: self._runs(name, given),
            "runCount": lambda **given: len(self._of_sweep(name, given["filters"])),
        }

    def _owner(self, project: str) -> str | None:
        if project in self.records.registries:
            return ORGANISATION_ENTITY
        return ENTITY if project in self.records.projects() else None

    def collection(self, collection: Collection) -> Json:
        latest = collection.find("latest")
        return {
            "__typename": "ArtifactPortfolio" if collection.portfolio else "ArtifactSequence",
            "__interface": "ArtifactCollection",
            "id": collection.id,
            "name": collection.name,
            "project": _project_info(collection.project),
            "digestAlgorithm": "MANIFEST_MD5",
            "defaultArtifactType": {"name": collection.kind},
            "latestArtifact": {"id": latest.id} if latest else None,
            "artifacts": lambda **given: self._artifacts(collection, given),
            "artifactMembership": lambda **given: self._membership(collection, given["aliasName"]),
        }

    def artifact(self, collection: Collection, version: Version) -> Json:
        return {
            "__typename": "Artifact",
            "id": version.id,
            "artifactSequence": self.collection(collection),
            "versionIndex": version.index,
            "artifactType": {"name": collection.kind},
            "description": version.description,
            "metadata": version.metadata,
            "ttlDurationSeconds": -1,
            "ttlIsInherited": True,
            "tags": [],
            "historyStep": None,
            "state": version.state,
            "size": sum(len(file.body or b"") for file in version.files),
            "digest": version.digest,
            "digestAlgorithm": "MANIFEST_MD5",
            "commitHash": None,
            "fileCount": len(version.files),
            "createdAt": _moment(version),
            "updatedAt": None,
            "aliases": self._all_aliases(version),
            "currentManifest": {"file": {"directUrl": self.records.address(version.manifest)}},
        }

    def run(self, run: Run) -> Json:
        history, events = run.lines("wandb-history.jsonl"), run.lines("wandb-events.jsonl")
        return {
            "__typename": "Run",
            "id": run.id,
            "name": run.name,
            "displayName": run.title or run.name,
            "description": None,
            "group": run.group,
            "jobType": run.job_type,
            "commit": None,
            "readOnly": False,
            "createdAt": "2026-01-01T00:00:00Z",
            "heartbeatAt": "2026-01-01T00:00:00Z",
            "systemMetrics": "{}",
            "historyKeys": {"keys": {}},
            "user": {"name": "Editor", "username": "editor"},
            "projectId": "1",
            "config": run.config,
            "sweepName": run.sweep,
            "project": _project_info(run.project),
            "historyLineCount": len(history),
            "historyTail": json.dumps(history[-1:]),
            "eventsLineCount": len(events),
            "eventsTail": json.dumps(events[-1:]),
            "logLineCount": 0,
            "summaryMetrics": json.dumps(run.summary()),
            "tags": [],
            "notes": None,
            "wandbConfig": lambda **given: json.dumps(dict.fromkeys(given["keys"], 1)),
            "state": run.state,
            "outputArtifacts": lambda **given: self._artifacts_of(run.logged, given),
            "inputArtifacts": lambda **given: self._artifacts_of(run.used, given),
        }

    def _artifacts_of(self, ids: list[str], given: Json) -> Json:
        found = [self.artifact(*self.records.version(version_id)) for version_id in ids]
        return _page([{"node": artifact} for artifact in found], given)

    def _runs(self, project: str, given: Json) -> Json:
        """In the order of their creation; no other was needed yet."""
        if given["order"] != "+created_at":
            raise KeyError(f"an order that this server does not know: {given['order']}")
        runs = self._of_sweep(project, given["filters"])
        edges = [{"node": self.run(run), "cursor": str(n)} for n, run in enumerate(runs, start=1)]
        return _page(edges, given)

    def _of_sweep(self, project: str, filters: str) -> list[Run]:
        """The one filter that was needed yet; another would go unheard, so refuse it."""
        ((condition,),) = [json.loads(filters)["$and"]]
        if set(condition) != {"sweep"}:
            raise KeyError(f"filters that this server does not know: {filters}")
        return self.records.runs_of(project, condition["sweep"])

    def sweep(self, sweep: Sweep) -> Json:
        return {
            "__typename": "Sweep",
            "id": sweep.id,
            "name": sweep.name,
            "displayName": None,
            "method": "random",
            "description": None,
            "bestLoss": None,
            "createdAt": "2026-01-01T00:00:00Z",
            "updatedAt": None,
            "runCount": len(self.records.runs_of(sweep.project, sweep.name)),
            "runCountExpected": None,
            "state": "RUNNING",
            "config": sweep.config,
            "project": _project_info(sweep.project),
        }

    def _sweep(self, project: str, name: str) -> Json | None:
        found = self.records.sweeps.get(name)
        return self.sweep(found) if found and found.project == project else None

    def _artifact_type(self, project: str, kind: str) -> Json | None:
        owners = {(c.project, c.kind) for c in self.records.collections.values()}
        if (project, kind) not in owners:
            return None
        return {
            "__typename": "ArtifactType",
            "name": kind,
            "artifactCollection": lambda **given: self._collection(project, given["name"]),
        }

    def _collection(self, project: str, name: str) -> Json | None:
        found = self.records.collections.get((project, name))
        return self.collection(found) if found else None

    def _artifacts(self, collection: Collection, given: Json) -> Json:
        """Committed versions, the newest first. Any other wish would go unheard, so refuse it."""
        if given.get("order") or json.loads(given["filters"]) != {"state": "COMMITTED"}:
            raise KeyError(f"order or filters that this server does not know: {given}")
        newest_first = sorted(collection.committed(), key=lambda v: v.index, reverse=True)
        return _page(
            [
                {"version": f"v{version.index}", "node": self.artifact(collection, version)}
                for version in newest_first
            ],
            given,
        )

    def _aliases(self, collection: Collection, version: Version) -> list[Json]:
        return [
            {
                "__typename": "ArtifactAlias",
                "id": f"{collection.id}-{alias}",
                "alias": alias,
                "artifactCollection": self.collection(collection),
            }
            for alias, target in sorted(collection.aliases.items())
            if target == version.id
        ]

    def _all_aliases(self, version: Version) -> list[Json]:
        """Those of every collection that the version is in, as a version is told of itself."""
        having = [c for c in self.records.collections.values() if version in c.versions]
        return [alias for collection in having for alias in self._aliases(collection, version)]

    def _named(self, project: str, name: str) -> Json | None:
        collection_name, _, version = name.partition(":")
        collection = self.records.collections.get((project, collection_name))
        return self._membership(collection, version or "latest") if collection else None

    def _membership(self, collection: Collection, name: str) -> Json | None:
        version = collection.find(name)
        return self.membership(collection, version) if version else None

    def membership(self, collection: Collection, version: Version) -> Json:
        """A version as a member of this collection, be it its own or a registry's."""
        source, _ = self.records.version(version.id)
        return {
            "__typename": "ArtifactCollectionMembership",
            "id": f"membership-{version.id}",
            "versionIndex": collection.index_of(version),
            "createdAt": _moment(version),
            "aliases": self._aliases(collection, version),
            "artifactCollection": self.collection(collection),
            "artifact": self.artifact(source, version),
            "files": lambda **given: _page([self._file(file) for file in version.files], given),
        }

    def _file(self, file: StoredFile) -> Json:
        address = self.records.address(file)
        return {"node": {"__typename": "File", "name": file.name, "directUrl": address}}

    def _run(self, project: str, name: str) -> Json | None:
        found = self.records.runs.get((project, name))
        return self.run(found) if found else None

    def _client_id_mapping(self, **given: Any) -> Json | None:
        for _, version in self.records.versions():
            if version.client_id == given["clientID"]:
                return {"serverID": version.id}
        return None


def _moment(version: Version) -> str:
    return version.created_at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _entity(name: str) -> Json:
    organisation = {"name": ORGANISATION, "orgEntity": {"name": ORGANISATION_ENTITY}}
    return {"name": name, "xxhashDigestsEnabled": False, "organization": organisation, "user": None}


def _project_info(project: str) -> Json:
    of_registry = project.startswith("wandb-registry-")
    entity = {"id": "entity-1", "name": ORGANISATION_ENTITY if of_registry else ENTITY}
    return {"id": f"project-{project}", "internalId": "1", "name": project, "entity": entity}


def _viewer() -> Json:
    return {
        "id": "user-1",
        "entity": ENTITY,
        "username": "editor",
        "email": "editor@example.org",
        "flags": "{}",
        "teams": {"edges": [{"node": {"name": ENTITY}}]},
    }


def _page(edges: list[Json], given: Json) -> Json:
    start = int(given.get("after") or 0)
    end = start + given["first"]
    info = {"__typename": "PageInfo", "endCursor": str(end), "hasNextPage": end < len(edges)}
    return {"totalCount": len(edges), "pageInfo": info, "edges": edges[start:end]}
