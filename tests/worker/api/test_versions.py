"""The versions' API: what programs read of them, and how they move them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from classifier import serving
from classifier.models import ModelVersion, VersionChange
from classifier.queries import production_version
from classifier.serving import registry
from tests.labelling.programs import PROBLEM_MEMBERS, with_token
from tests.worker.challengers import challenger, in_shadow
from tests.worker.conftest import People
from tests.worker.gates import gate_rows, refused_version
from worker.models import DatasetSnapshot, GateOverride, ShadowTrial, TrainingRun
from worker.services.live import make_live

VERSIONS = "/api/v1/versions/"
Queries = Callable[[int], Any]
State = ModelVersion.State
MEMBERS = {
    "number", "url", "page", "state", "digest", "backbone_digest", "head_digest", "parent",
    "training_run", "snapshot", "thresholds", "figures", "created_at", "promoted_at", "taken_back",
}  # fmt: skip
MORE = {"metrics", "learned", "gate", "overrides", "life"}
REASON = {"reason": "Nothing else will do today."}


def say(client: Client, address: str, body: Any) -> Any:
    return client.post(f"{VERSIONS}{address}/", body, content_type="application/json")


@pytest.fixture
def candidate(version: ModelVersion, tmp_path: Path, settings: Any) -> ModelVersion:
    settings.SHADOW_PICTURES = 200
    return challenger(tmp_path / "two")


@pytest.fixture
def trial(candidate: ModelVersion, version: ModelVersion) -> ShadowTrial:
    """Version 2 in shadow, made by a training that passed the gate."""
    TrainingRun.objects.create(
        version=candidate,
        parent=version,
        state=TrainingRun.State.SHADOW,
        gate=gate_rows(version, accused=0),
    )
    return in_shadow(candidate, version)


@pytest.fixture
def second(version: ModelVersion, tmp_path: Path) -> ModelVersion:
    return make_live(version=challenger(tmp_path / "two"), reason="It passed the gate.")


@pytest.mark.parametrize("who", ["admin", "reviewer", "outsider"])
def test_everybody_lists_the_versions_the_newest_first(
    second: ModelVersion, people: People, who: str
) -> None:
    body = with_token(getattr(people, who), "read").get(VERSIONS).json()
    assert [row["number"] for row in body["results"]] == [2, 1]
    assert all(row.keys() == MEMBERS for row in body["results"])
    newest = body["results"][0]
    assert newest["url"] == f"http://testserver{VERSIONS}2/"
    assert newest["page"] == "http://testserver/versions/2/"
    assert (newest["state"], newest["digest"]) == ("production", second.digest)
    assert (newest["training_run"], newest["snapshot"]) == (None, None)
    assert newest["thresholds"] == second.thresholds


def test_the_list_is_filtered_by_state(second: ModelVersion, people: People) -> None:
    client = with_token(people.outsider)
    for states, found in (("production", [2]), ("archived,production", [2, 1]), ("shadow", [])):
        rows = client.get(VERSIONS, {"state": states}).json()["results"]
        assert [row["number"] for row in rows] == found
    assert client.get(VERSIONS, {"state": "best"}).json()["code"] == "invalid_request"
    assert client.get(VERSIONS, {"parent": "0.5"}).json()["code"] == "invalid_request"
    assert client.get(VERSIONS, {"colour": "red"}).json()["code"] == "invalid_request"
    some = client.get(VERSIONS, {"fields": "number,state"}).json()["results"]
    assert some[1] == {"number": 1, "state": "archived"}


def test_the_list_costs_as_much_for_many_versions_as_for_one(
    version: ModelVersion, people: People, django_assert_num_queries: Queries
) -> None:
    client = with_token(people.outsider)
    with django_assert_num_queries(2):  # the token, the versions
        client.get(VERSIONS)
    for number in range(2, 9):
        made = ModelVersion.objects.create(
            number=number, digest=f"d{number}", reference="r", parent=version
        )
        TrainingRun.objects.create(version=made, state=TrainingRun.State.REJECTED)
    with django_assert_num_queries(2):
        assert len(client.get(VERSIONS).json()["results"]) == 8


def test_a_version_tells_where_it_came_from_and_what_happened_to_it(
    version: ModelVersion, people: People, tmp_path: Path, django_assert_num_queries: Queries
) -> None:
    auroc = {"value": 0.97, "low": 0.95, "high": 0.98}
    refused = refused_version(version, tmp_path / "two")
    ModelVersion.objects.filter(pk=refused.pk).update(
        metrics={"gold": {"n": 40, "auroc": auroc, "groups": []}}
    )
    snapshot = DatasetSnapshot.objects.create(digest="5" * 64, ai=1, human=1, gold=0)
    for name, use in (("a", "train"), ("b", "train"), ("c", "gold")):
        snapshot.items.create(sha256=name * 64, label="ai", use=use, group=name * 64)
    run = TrainingRun.objects.get()
    run.snapshot = snapshot
    run.save()
    client = with_token(people.outsider)
    # token, version, learned, overrides, changes, trials, watches
    with django_assert_num_queries(7):
        body = client.get(f"{VERSIONS}2/").json()
    assert body.keys() == MEMBERS | MORE
    assert (body["parent"], body["training_run"]) == (1, run.pk)
    assert body["snapshot"] == snapshot.digest
    assert body["metrics"]["gold"]["n"] == 40
    assert body["figures"] == {"set": "gold", "n": 40, "auroc": auroc}
    assert body["learned"] == {"ai": 2, "human": 0, "deleted": 0}
    assert [row["words"] for row in body["gate"]] == [row["words"] for row in run.gate]
    assert [row["worse_by"] for row in body["gate"]] == [row["worse_by"] for row in run.gate]
    changes = [(one["before"], one["after"]) for one in body["life"]["changes"]]
    assert changes == [("candidate", "rejected"), ("", "candidate")]


def test_no_version_is_not_found(version: ModelVersion, people: People) -> None:
    client = with_token(people.admin)
    for address in ("9/", "9/card/", "9/bundle/", f"{10**30}/"):
        answer = client.get(f"{VERSIONS}{address}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    for move in ("promote", "override", "shadow", "rollback"):
        assert say(client, f"9/{move}", REASON).status_code == 404
    assert say(client, "9/reject", {}).status_code == 404


def test_the_card_and_the_description_are_those_of_the_bundle(
    version: ModelVersion, people: People
) -> None:
    client, folder = with_token(people.outsider), registry().get(version.reference)
    card = client.get(f"{VERSIONS}1/card/")
    assert card.headers["Content-Type"] == "text/markdown; charset=utf-8"
    assert card.content == (folder / "MODEL_CARD.md").read_bytes()
    told = client.get(f"{VERSIONS}1/bundle/").json()
    assert told == json.loads((folder / "bundle.json").read_text())
    some = client.get(f"{VERSIONS}1/bundle/", {"fields": "name,format"}).json()
    assert some == {"name": told["name"], "format": told["format"]}


def test_nobody_waits_for_a_bundle_that_is_not_at_hand(
    version: ModelVersion, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "lies_whole", lambda _: False)
    for address in ("card/", "bundle/"):
        answer = with_token(people.admin).get(f"{VERSIONS}1/{address}")
        assert (answer.status_code, answer.json()["code"]) == (503, "registry_unavailable")


def test_a_version_in_shadow_answers_by_a_reason(trial: ShadowTrial, people: People) -> None:
    answer = say(with_token(people.admin, "administer"), "2/promote", {"reason": "It is urgent."})
    assert answer.status_code == 200, answer.content
    assert answer.json()["state"] == "production"
    assert production_version() == trial.version
    told = "alex let it answer after 0 pictures: It is urgent."
    assert answer.json()["life"]["trials"][0]["outcome"] == told


def test_the_same_request_again_promotes_nothing_twice(trial: ShadowTrial, people: People) -> None:
    client = with_token(people.admin)
    client.defaults["HTTP_IDEMPOTENCY_KEY"] = "one"
    first = say(client, "2/promote", {"reason": "It is urgent."})
    written = VersionChange.objects.count()
    again = say(client, "2/promote", {"reason": "It is urgent."})
    assert (again.status_code, again.json()) == (200, first.json())
    assert again.headers["Idempotent-Replayed"] == "true"
    assert VersionChange.objects.count() == written


def test_a_version_in_shadow_is_rejected(trial: ShadowTrial, people: People) -> None:
    answer = say(with_token(people.admin), "2/reject", {})
    assert (answer.status_code, answer.json()["state"]) == (200, "rejected")
    assert say(with_token(people.admin), "2/reject", {}).json()["code"] == "conflict"


def test_a_candidate_is_put_in_shadow(candidate: ModelVersion, people: People) -> None:
    answer = say(with_token(people.admin), "2/shadow", {"reason": "From the lab."})
    assert (answer.status_code, answer.json()["state"]) == (200, "shadow")
    assert ShadowTrial.objects.get().version == candidate


def test_the_version_before_answers_again(
    second: ModelVersion, version: ModelVersion, people: People
) -> None:
    answer = say(with_token(people.admin), "1/rollback", {"reason": "It accuses painters."})
    assert (answer.status_code, answer.json()["state"]) == (200, "production")
    assert production_version() == version
    second.refresh_from_db()
    assert second.taken_back == "Rolled back: It accuses painters."


def test_a_refused_version_is_sent_on_by_name(
    version: ModelVersion, people: People, tmp_path: Path, settings: Any
) -> None:
    settings.SHADOW_PICTURES = 200
    refused_version(version, tmp_path / "two")
    answer = say(with_token(people.admin), "2/override", REASON)
    assert (answer.status_code, answer.json()["state"]) == (200, "shadow")
    assert answer.json()["overrides"][0]["by"] == "alex"
    assert GateOverride.objects.get().reason == REASON["reason"]


MOVES: list[tuple[str, dict[str, str]]] = [
    ("promote", REASON),
    ("override", REASON),
    ("shadow", REASON),
    ("rollback", {}),
    ("reject", {}),
]


@pytest.mark.parametrize(
    ("who", "scopes", "code"),
    [
        ("reviewer", (), "not_allowed"),
        ("outsider", (), "not_allowed"),
        ("admin", ("read", "upload", "review"), "missing_scope"),
    ],
)
def test_nobody_else_moves_a_version(
    trial: ShadowTrial, people: People, who: str, scopes: tuple[str, ...], code: str
) -> None:
    written, client = VersionChange.objects.count(), with_token(getattr(people, who), *scopes)
    for move, body in MOVES:
        answer = say(client, f"2/{move}", body)
        assert (answer.status_code, answer.json()["code"]) == (403, code)
        assert answer.json().keys() == PROBLEM_MEMBERS
    trial.refresh_from_db()
    assert (trial.state, trial.version.state) == (ShadowTrial.State.RUNNING, State.SHADOW)
    assert VersionChange.objects.count() == written


@pytest.mark.parametrize(
    "body",
    [{}, {"reason": ""}, {"reason": "no"}, {"reason": "x" * 301}, {"reason": 3.5e9, "why": ""}, []],
)
def test_a_promotion_takes_a_reason(trial: ShadowTrial, people: People, body: Any) -> None:
    answer = say(with_token(people.admin), "2/promote", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    trial.refresh_from_db()
    assert trial.state == ShadowTrial.State.RUNNING


def test_what_stands_in_the_way_is_a_conflict(second: ModelVersion, people: People) -> None:
    client, written = with_token(people.admin), VersionChange.objects.count()
    for move, body in MOVES:
        answer = say(client, f"2/{move}", body)
        assert (answer.status_code, answer.json()["code"]) == (409, "conflict"), move
    assert VersionChange.objects.count() == written
