"""The retrainings' API: asking for one, reading how it goes, cancelling it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from classifier.models import ModelVersion
from classifier.serving import registry
from classifier.vocabulary import Label
from labelling.models import Image
from tests.labelling.programs import PROBLEM_MEMBERS, with_token
from tests.worker.conftest import People
from tests.worker.gates import gate_rows
from worker.models import PolicyEvaluation, RetrainingPolicy, TrainingRun
from worker.services import retraining

RUNS = "/api/v1/training-runs/"
Queries = Callable[[int], Any]
Settle = Callable[..., list[Image]]
State = TrainingRun.State
MEMBERS = {
    "id", "url", "kind", "state", "trigger", "requested_by", "progress", "step", "outcome",
    "parent", "snapshot", "version", "attempts", "minutes", "created_at", "started_at",
    "finished_at", "cancel_asked_at", "cancelled_by",
}  # fmt: skip


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """What would be on the queue."""
    messages: list[tuple[object, ...]] = []

    def send(*message: object) -> bool:
        messages.append(message)
        return True

    monkeypatch.setattr(retraining, "send", send)
    return messages


@pytest.fixture
def run(version: ModelVersion, people: People) -> TrainingRun:
    """One that waits for a worker."""
    return TrainingRun.objects.create(parent=version, requested_by=people.admin)


def say(client: Client, address: str, body: Any) -> Any:
    return client.post(f"{RUNS}{address}", body, content_type="application/json")


def test_a_retraining_is_asked_for_once(
    version: ModelVersion,
    people: People,
    settle: Settle,
    sent: list[tuple[object, ...]],
    django_capture_on_commit_callbacks: Any,
) -> None:
    for label in Label:
        settle(label, range(12), by=people.reviewer)
    client = with_token(people.admin, "administer")
    client.defaults["HTTP_IDEMPOTENCY_KEY"] = "one"

    with django_capture_on_commit_callbacks(execute=True):
        answer = say(client, "", {"kind": "refit"})
        again = say(client, "", {"kind": "refit"})

    run = TrainingRun.objects.get()
    assert (answer.status_code, again.status_code) == (202, 202)
    assert answer.headers["Location"] == answer.json()["url"] == f"http://testserver{RUNS}{run.pk}/"
    assert again.headers["Location"] == answer.headers["Location"]
    assert answer.json().keys() == MEMBERS | {"gate"}
    assert (answer.json()["state"], answer.json()["requested_by"]) == ("queued", "alex")
    assert (run.requested_by, run.kind, run.trigger) == (people.admin, "refit", "person")
    assert sent == [("retrain", run.pk)]


def test_with_too_little_to_learn_from_it_is_skipped_in_words(
    version: ModelVersion, people: People
) -> None:
    answer = say(with_token(people.admin), "", {})
    assert answer.status_code == 200
    assert answer.json()["state"] == "skipped"
    assert answer.json()["outcome"] == "skipped: 0 new labels, needs 20"
    run = TrainingRun.objects.get()
    log = with_token(people.admin).get(f"{RUNS}{run.pk}/log/").json()
    assert [event["words"] for event in log["events"]] == [
        "Alex asked for it: refit the head (seconds).",
        "It ended: skipped: 0 new labels, needs 20",
    ]


def test_only_one_runs_at_a_time(run: TrainingRun, people: People) -> None:
    answer = say(with_token(people.admin), "", {})
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert TrainingRun.objects.count() == 1


@pytest.mark.parametrize("body", [{"kind": "all"}, {"kind": None}, {"epochs": 3}, [], "refit"])
def test_what_makes_no_sense_starts_nothing(
    version: ModelVersion, people: People, body: Any
) -> None:
    answer = say(with_token(people.admin), "", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert not TrainingRun.objects.exists()


@pytest.mark.django_db
def test_without_a_version_there_is_nothing_to_start_from(people: People) -> None:
    answer = say(with_token(people.admin), "", {})
    assert (answer.status_code, answer.json()["code"]) == (503, "model_not_loaded")
    assert not TrainingRun.objects.exists()


@pytest.mark.parametrize(
    ("who", "scopes", "code"),
    [
        ("reviewer", (), "not_allowed"),
        ("outsider", (), "not_allowed"),
        ("admin", ("read",), "missing_scope"),
    ],
)
def test_nobody_else_starts_or_cancels_one(
    run: TrainingRun, people: People, who: str, scopes: tuple[str, ...], code: str
) -> None:
    client = with_token(getattr(people, who), *scopes)
    for address in ("", f"{run.pk}/cancel/"):
        answer = say(client, address, {})
        assert (answer.status_code, answer.json()["code"]) == (403, code)
        assert answer.json().keys() == PROBLEM_MEMBERS
    run.refresh_from_db()
    assert (run.state, run.cancel_asked_at) == (State.QUEUED, None)
    assert TrainingRun.objects.count() == 1


@pytest.mark.parametrize("who", ["reviewer", "outsider"])
def test_retrainings_are_shown_to_administrators_alone(
    run: TrainingRun, people: People, who: str
) -> None:
    client = with_token(getattr(people, who))
    for address in ("", f"{run.pk}/", f"{run.pk}/log/", "99/"):
        answer = client.get(f"{RUNS}{address}")
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


def test_one_that_waits_is_cancelled_at_once_and_only_once(
    run: TrainingRun, people: People
) -> None:
    client = with_token(people.admin)
    answer = say(client, f"{run.pk}/cancel/", {})
    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    assert answer.json()["cancelled_by"] == "alex"
    assert say(client, f"{run.pk}/cancel/", {}).json()["code"] == "conflict"
    assert say(client, "99/cancel/", {}).json()["code"] == "not_found"


def test_one_that_runs_stops_at_its_next_step(run: TrainingRun, people: People) -> None:
    TrainingRun.objects.update(state=State.RUNNING)
    answer = say(with_token(people.admin), f"{run.pk}/cancel/", {})
    assert (answer.status_code, answer.json()["state"]) == (202, "running")
    assert answer.json()["cancel_asked_at"] is not None


def test_the_list_costs_as_much_for_many_as_for_one(
    run: TrainingRun, people: People, django_assert_num_queries: Queries
) -> None:
    client = with_token(people.admin)
    with django_assert_num_queries(4):  # the token, permissions (2), the runs
        client.get(RUNS)
    for _ in range(5):
        TrainingRun.objects.create(
            parent=run.parent,
            requested_by=people.admin,
            cancelled_by=people.admin,
            state=State.CANCELLED,
            created_at=timezone.now() - timedelta(hours=1),
        )
    with django_assert_num_queries(4):
        rows = client.get(RUNS).json()["results"]
    assert len(rows) == 6
    assert all(row.keys() == MEMBERS for row in rows)


def test_the_list_is_filtered(run: TrainingRun, people: People) -> None:
    TrainingRun.objects.create(state=State.FAILED, kind="fine-tune", trigger="drift")
    client = with_token(people.admin)

    def found(**asked: str) -> list[str]:
        return [row["state"] for row in client.get(RUNS, asked).json()["results"]]

    assert found() == ["failed", "queued"]
    assert found(state="queued,running") == ["queued"]
    assert found(kind="fine-tune") == ["failed"]
    assert found(trigger="drift,labels") == ["failed"]
    assert found(created_before="2020-01-01T00:00:00Z") == []
    assert client.get(RUNS, {"state": "lost"}).json()["code"] == "invalid_request"


def test_one_is_read_with_its_gate(run: TrainingRun, version: ModelVersion, people: People) -> None:
    run.gate = gate_rows(version, accused=0)
    run.save()
    body = with_token(people.admin).get(f"{RUNS}{run.pk}/").json()
    assert body.keys() == MEMBERS | {"gate"}
    assert (body["parent"], body["version"], body["snapshot"]) == (1, None, None)
    assert [row["words"] for row in body["gate"]] == [row["words"] for row in run.gate]


def test_its_log_says_what_happened_in_order(run: TrainingRun, people: People) -> None:
    now = timezone.now()
    policy = RetrainingPolicy.objects.get()
    PolicyEvaluation.objects.create(
        policy=policy,
        at=now,
        last_at=now,
        decision="retrain",
        reason="labels",
        sentence="Retrained because 24 labels are new.",
        run=run,
    )
    run.started_at, run.attempts = now + timedelta(minutes=1), 1
    run.finished_at, run.state = now + timedelta(minutes=2), State.FAILED
    run.outcome = "failed: the disk is full."
    run.save()

    body = with_token(people.admin).get(f"{RUNS}{run.pk}/log/").json()

    assert [event["words"] for event in body["events"]] == [
        "Alex asked for it: refit the head (seconds).",
        "“Learn from new labels”: Retrained because 24 labels are new.",
        "Attempt 1 began.",
        "It ended: failed: the disk is full.",
    ]
    assert all(event["at"].endswith("Z") for event in body["events"])
    assert body["curve"] == []


def test_its_log_has_the_figures_that_the_registry_keeps(
    run: TrainingRun, version: ModelVersion, people: People, tmp_path: Any
) -> None:
    record = tmp_path / "record"
    record.mkdir()
    (record / "run.json").write_text('{"name": "retraining 1", "kind": "refit", "id": "abc"}')
    (record / "metrics.jsonl").write_text('{"epoch": 1, "gold/auroc": 0.9}\n')
    registry().put(registry().get(version.reference), run=record)
    run.version, run.state = version, State.PROMOTED
    run.save()

    body = with_token(people.admin).get(f"{RUNS}{run.pk}/log/").json()

    assert body["curve"] == [{"epoch": 1, "gold/auroc": 0.9}]
    told = [one["words"] for one in body["events"]]
    assert told[:2] == [
        "Its version is candidate: It was registered.",
        "Its version is production: It was promoted.",
    ]
