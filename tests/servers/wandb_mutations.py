"""What the W&B test server lets a client change: runs, artifact versions, files, aliases."""

import json
from collections.abc import Callable
from typing import Any

import yaml

from tests.servers.graphql import GraphQLError
from tests.servers.wandb_queries import ORGANISATION_ENTITY, Queries
from tests.servers.wandb_records import (
    Collection,
    Json,
    Records,
    Run,
    StoredFile,
    Sweep,
    Version,
)


class Mutations:
    """The write half of the schema, over the records."""

    def __init__(self, records: Records, queries: Queries) -> None:
        self.records = records
        self.queries = queries

    def root(self) -> Json:
        return {
            "upsertBucket": _taking_input(self._upsert_bucket),
            "createRunFiles": _taking_input(self._create_run_files),
            "markRunFilesUploaded": _taking_input(lambda given: {"success": True}),
            "createArtifact": _taking_input(self._create_artifact),
            "createArtifactManifest": _taking_input(self._create_manifest),
            "createArtifactFiles": _taking_input(self._create_files),
            "commitArtifact": _taking_input(self._commit),
            "updateArtifact": _taking_input(self._update_artifact),
            "addAliases": _taking_input(self._add_aliases),
            "linkArtifact": _taking_input(self._link_artifact),
            "useArtifact": _taking_input(self._use_artifact),
            "deleteAliases": _taking_input(self._delete_aliases),
            "upsertSweep": _taking_input(self._upsert_sweep),
            "createAgent": _taking_input(self._create_agent),
            "agentHeartbeat": _taking_input(self._agent_heartbeat),
        }

    def _upsert_bucket(self, given: Json) -> Json:
        key = given["modelName"], given["name"]
        inserted = key not in self.records.runs
        project, name = key
        run = self.records.runs.setdefault(key, Run(name, project, given["jobType"]))
        run.config = given["config"] or run.config
        run.sweep = given["sweep"] or run.sweep
        if run.sweep and run.sweep not in self.records.sweeps:
            raise GraphQLError(f"sweep {run.sweep} not found")
        run.group = given["groupName"] or run.group
        run.title = given["displayName"] or run.title
        return {"bucket": self.queries.run(run), "inserted": inserted}

    def _create_run_files(self, given: Json) -> Json:
        run = self.records.runs[given["projectName"], given["runName"]]
        files = [self.records.expect(StoredFile(name, "")) for name in given["files"]]
        places = [{"name": file.name, "uploadUrl": self.records.address(file)} for file in files]
        return {"runID": run.id, "uploadHeaders": [], "files": places}

    def _create_artifact(self, given: Json) -> Json:
        """Content that is there already makes no second version, only moves the aliases."""
        project, name = given["projectName"], given["artifactCollectionName"]
        collection = self.records.collections.setdefault(
            (project, name), Collection(project, name, given["artifactTypeName"])
        )
        version = collection.same_content(given["digest"])
        if version is None:
            version = _new_version(collection, given)
            collection.versions.append(version)
        else:
            collection.point(version, _names(given["aliases"]))
        if given.get("runName"):
            run = self.records.runs[given["projectName"], given["runName"]]
            run.logged = [*dict.fromkeys([*run.logged, version.id])]
        return {"artifact": self.queries.artifact(collection, version)}

    def _create_manifest(self, given: Json) -> Json:
        _, version = self.records.version(given["artifactID"])
        version.manifest = self.records.expect(StoredFile(given["name"], given["digest"]))
        file = {"id": version.manifest.key, **self._upload(version.manifest)}
        return {"artifactManifest": {"id": f"manifest-{version.id}", "file": file}}

    def _create_files(self, given: Json) -> Json:
        edges = [{"node": self._create_file(wanted)} for wanted in given["artifactFiles"]]
        return {"files": {"edges": edges}}

    def _create_file(self, wanted: Json) -> Json:
        _, version = self.records.version(wanted["artifactID"])
        file = self.records.expect(StoredFile(wanted["name"], wanted["md5"]))
        version.files.append(file)
        place = {"storagePath": file.key, "uploadMultipartUrls": None}
        return {**place, **self._upload(file), "artifact": {"id": version.id}}

    def _commit(self, given: Json) -> Json:
        collection, version = self.records.version(given["artifactID"])
        uploads = [*version.files, *([version.manifest] if version.manifest else [])]
        missing = [file.name for file in uploads if file.body is None]
        if version.manifest is None or missing:
            raise GraphQLError(f"cannot commit: the manifest or {missing} was never uploaded")
        version.state = "COMMITTED"
        collection.point(version, version.wanted_aliases)
        return {"artifact": {"id": version.id, "digest": version.digest}}

    def _update_artifact(self, given: Json) -> Json:
        collection, version = self.records.version(given["artifactID"])
        version.metadata = given.get("metadata", version.metadata)
        version.description = given.get("description", version.description)
        return {"artifact": self.queries.artifact(collection, version)}

    def _add_aliases(self, given: Json) -> Json:
        _, version = self.records.version(given["artifactID"])
        for alias in given["aliases"]:
            self._collection_of(alias).point(version, [alias["alias"]])
        return {"success": True}

    def _delete_aliases(self, given: Json) -> Json:
        _, version = self.records.version(given["artifactID"])
        for alias in given["aliases"]:
            aliases = self._collection_of(alias).aliases
            if aliases.get(alias["alias"]) == version.id:
                del aliases[alias["alias"]]
        return {"success": True}

    def _collection_of(self, alias: Json) -> Collection:
        return self.records.collections[alias["projectName"], alias["artifactCollectionName"]]

    def _link_artifact(self, given: Json) -> Json:
        """Make the version a member of a registry's collection; twice is the same as once."""
        project, name = given["projectName"], given["artifactPortfolioName"]
        if project not in self.records.registries or given["entityName"] != ORGANISATION_ENTITY:
            raise GraphQLError(f"registry {project} not found in {given['entityName']}")
        source, version = self.records.version(given["artifactID"])
        portfolio = self.records.collections.setdefault(
            (project, name), Collection(project, name, source.kind, portfolio=True)
        )
        if version not in portfolio.versions:
            portfolio.versions.append(version)
            portfolio.point(version, ["latest"])
        portfolio.point(version, _names(given["aliases"]))
        return {
            "versionIndex": portfolio.index_of(version),
            "artifactMembership": self.queries.membership(portfolio, version),
        }

    def _use_artifact(self, given: Json) -> Json:
        run = self.records.runs[given["projectName"], given["runName"]]
        run.used = [*dict.fromkeys([*run.used, given["artifactID"]])]
        return {"artifact": self.queries.artifact(*self.records.version(given["artifactID"]))}

    def _upsert_sweep(self, given: Json) -> Json:
        name = f"sweep{len(self.records.sweeps)}"
        sweep = Sweep(name, given["projectName"], given["config"])
        self.records.sweeps[name] = sweep
        return {"sweep": self.queries.sweep(sweep), "configValidationWarnings": []}

    def _create_agent(self, given: Json) -> Json:
        sweep = self._sweep(given["sweep"])
        sweep.agents.append(f"agent{len(sweep.agents)}")
        return {"agent": {"id": f"{sweep.name}/{sweep.agents[-1]}"}}

    def _agent_heartbeat(self, given: Json) -> Json:
        """An agent that runs nothing gets the next run, as a real server would choose it."""
        sweep = self._sweep(given["id"].partition("/")[0])
        states = json.loads(given.get("runState") or "{}")
        commands = [] if states else [_next_run(sweep)]
        return {"agent": {"id": given["id"]}, "commands": json.dumps(commands)}

    def _sweep(self, name: str) -> Sweep:
        by_id = {sweep.id: sweep for sweep in self.records.sweeps.values()}
        return by_id.get(name) or self.records.sweeps[name]

    def _upload(self, file: StoredFile) -> Json:
        address = self.records.address(file)
        return {"uploadUrl": address, "uploadHeaders": [f"Content-MD5:{file.md5}"]}


def _taking_input(change: Callable[[Json], Json]) -> Callable[..., Json]:
    """Every mutation of the protocol has one argument, named input."""

    def with_input(**arguments: Any) -> Json:
        return change(arguments["input"])

    return with_input


def _new_version(collection: Collection, given: Json) -> Version:
    return Version(
        index=len(collection.versions),
        digest=given["digest"],
        client_id=given["clientID"],
        metadata=given.get("metadata"),
        description=given.get("description"),
        wanted_aliases=_names(given["aliases"]),
    )


def _next_run(sweep: Sweep) -> Json:
    """The lower end of each range and the first of each choice, for a run of a new name."""
    parameters = yaml.safe_load(sweep.config)["parameters"]
    sweep.started.append(f"{sweep.name}-run{len(sweep.started)}")
    chosen = {
        key: {"value": said["values"][0] if "values" in said else said["min"]}
        for key, said in parameters.items()
    }
    return {"type": "run", "run_id": sweep.started[-1], "args": chosen}


def _names(aliases: list[Json] | None) -> list[str]:
    return [alias["alias"] for alias in aliases or []]
