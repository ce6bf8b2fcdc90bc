"""The policies' API: their rules, what they decided, pausing and resuming one."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from labelling.models import AuditEntry
from tests.labelling.programs import with_token
from tests.worker.conftest import People
from worker.models import PolicyEvaluation, RetrainingPolicy

pytestmark = pytest.mark.django_db

POLICIES = "/api/v1/policies/"
Queries = Callable[[int], Any]


@pytest.fixture
def policy(db: None) -> RetrainingPolicy:
    return RetrainingPolicy.objects.get()


def say(client: Client, policy: RetrainingPolicy, what: str, body: Any = None) -> Any:
    address = f"{POLICIES}{policy.pk}/{what}/"
    return client.post(address, body or {}, content_type="application/json")


def decide(policy: RetrainingPolicy, decision: str) -> PolicyEvaluation:
    now = timezone.now()
    return PolicyEvaluation.objects.create(
        policy=policy, at=now, last_at=now, decision=decision, reason="labels", sentence="So.",
        figures={"new": 3},
    )  # fmt: skip


def test_its_rules_are_told(policy: RetrainingPolicy, people: People) -> None:
    client = with_token(people.admin, "read")
    body = client.get(f"{POLICIES}{policy.pk}/").json()
    assert client.get(POLICIES).json()["results"] == [body]
    assert body["url"] == f"http://testserver{POLICIES}{policy.pk}/"
    assert (body["name"], body["enabled"], body["kind"]) == (policy.name, True, "refit")
    assert (body["min_new_labels"], body["accuracy_floor"]) == (policy.min_new_labels, None)
    assert client.get(POLICIES, {"enabled": "false"}).json()["results"] == []


def test_what_it_decided_is_listed(
    policy: RetrainingPolicy, people: People, django_assert_num_queries: Queries
) -> None:
    client, decisions = with_token(people.admin), f"{POLICIES}{policy.pk}/decisions/"
    decide(policy, "refuse")
    with django_assert_num_queries(5):  # the token, permissions (2), the policy, its decisions
        client.get(decisions)
    for _ in range(4):
        decide(policy, "refuse")
    decide(policy, "retrain")
    with django_assert_num_queries(5):
        rows = client.get(decisions).json()["results"]
    assert len(rows) == 6
    assert (rows[0]["decision"], rows[0]["figures"]) == ("retrain", {"new": 3})
    assert len(client.get(decisions, {"decision": "retrain"}).json()["results"]) == 1


def test_it_is_paused_and_resumed_once(policy: RetrainingPolicy, people: People) -> None:
    client = with_token(people.admin, "administer")
    paused = say(client, policy, "pause")
    assert (paused.status_code, paused.json()["enabled"]) == (200, False)
    assert say(client, policy, "pause").json()["code"] == "conflict"
    assert say(client, policy, "resume").json()["enabled"] is True
    assert say(client, policy, "resume").json()["code"] == "conflict"
    assert AuditEntry.objects.filter(action="policy.retraining").count() == 2


@pytest.mark.parametrize(
    ("who", "scopes", "code"),
    [
        ("reviewer", (), "not_allowed"),
        ("outsider", (), "not_allowed"),
        ("admin", ("read", "upload"), "missing_scope"),
    ],
)
def test_nobody_else_pauses_one(
    policy: RetrainingPolicy, people: People, who: str, scopes: tuple[str, ...], code: str
) -> None:
    client = with_token(getattr(people, who), *scopes)
    for what in ("pause", "resume"):
        answer = say(client, policy, what)
        assert (answer.status_code, answer.json()["code"]) == (403, code)
    policy.refresh_from_db()
    assert policy.enabled
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("who", ["reviewer", "outsider"])
def test_policies_are_shown_to_administrators_alone(
    policy: RetrainingPolicy, people: People, who: str
) -> None:
    client = with_token(getattr(people, who))
    for address in ("", f"{policy.pk}/", f"{policy.pk}/decisions/", "99/"):
        assert client.get(f"{POLICIES}{address}").json()["code"] == "not_allowed"


def test_no_policy_is_not_found_and_a_word_too_many_is_refused(
    policy: RetrainingPolicy, people: People
) -> None:
    client = with_token(people.admin)
    assert say(client, policy, "pause", {"for": "1 day"}).json()["code"] == "invalid_request"
    assert RetrainingPolicy.objects.get().enabled
    policy.pk = 99
    for address in ("", "decisions/"):
        assert client.get(f"{POLICIES}99/{address}").json()["code"] == "not_found"
    for what in ("pause", "resume"):
        assert say(client, policy, what).json()["code"] == "not_found"
