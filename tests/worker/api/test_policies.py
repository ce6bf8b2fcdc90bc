"""The policies' API: making and changing them, what they decided, pausing and resuming one."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from classifier.errors import NotAllowed
from labelling.errors import InvalidRequest
from labelling.models import AuditEntry
from tests.labelling.programs import with_token
from tests.worker.conftest import People
from worker.models import PolicyEvaluation, RetrainingPolicy
from worker.services.policy_changes import MOST, change_policy, make_policy

pytestmark = pytest.mark.django_db

POLICIES = "/api/v1/policies/"
Queries = Callable[[int], Any]


@pytest.fixture
def policy(db: None) -> RetrainingPolicy:
    return RetrainingPolicy.objects.get()


def say(client: Client, policy: RetrainingPolicy, what: str, body: Any = None) -> Any:
    address = f"{POLICIES}{policy.pk}/{what}/"
    return client.post(address, body or {}, content_type="application/json")


def change(client: Client, policy: RetrainingPolicy, body: Any) -> Any:
    return client.patch(f"{POLICIES}{policy.pk}/", body, content_type="application/json")


def make(client: Client, body: Any, **headers: str) -> Any:
    return client.post(POLICIES, body, content_type="application/json", headers=headers)


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


NIGHTLY = {
    "name": "At night", "enabled": False, "kind": "fine-tune", "min_new_labels": None,
    "min_per_class": 5, "schedule": "0 3 * * 1", "on_drift": False, "accuracy_floor": 0.9,
    "accuracy_min_labels": 40, "cool_down_minutes": 60, "monthly_minutes": 600,
}  # fmt: skip


def test_one_is_made_with_all_its_rules(people: People) -> None:
    made = make(with_token(people.admin, "administer"), NIGHTLY)
    body = made.json()
    assert (made.status_code, made.headers["Location"]) == (201, body["url"])
    assert {name: body[name] for name in NIGHTLY} == NIGHTLY
    stored = RetrainingPolicy.objects.get(pk=body["id"])
    assert (stored.accuracy_floor, stored.schedule) == (0.9, "0 3 * * 1")
    assert stored.scheduled_from is not None, "it looks forward only"
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor) == ("policy.retraining", people.admin.username)
    assert entry.details["after"]["schedule"] == "0 3 * * 1"


def test_one_that_is_asked_for_twice_with_one_key_is_made_once(people: People) -> None:
    client = with_token(people.admin)
    first, again = (make(client, {"name": "Soon"}, idempotency_key="a") for _ in range(2))
    assert first.json() == again.json()
    assert RetrainingPolicy.objects.filter(name="Soon").count() == 1
    assert first.json()["min_new_labels"] is None, "what is left out is as in the back office"


def test_what_is_named_is_changed_and_the_rest_stays(
    policy: RetrainingPolicy, people: People
) -> None:
    client = with_token(people.admin, "administer")
    answer = change(client, policy, {"min_new_labels": None, "schedule": "30 2 * * *"})
    body = answer.json()
    assert (answer.status_code, body["min_new_labels"], body["schedule"]) == (
        200,
        None,
        "30 2 * * *",
    )
    assert (body["name"], body["cool_down_minutes"]) == (policy.name, policy.cool_down_minutes)
    assert AuditEntry.objects.get().details == {
        "before": {"min_new_labels": policy.min_new_labels, "schedule": ""},
        "after": {"min_new_labels": None, "schedule": "30 2 * * *"},
    }
    for same in ({}, {"schedule": "30 2 * * *"}):
        assert change(client, policy, same).status_code == 200
    assert AuditEntry.objects.count() == 1, "nothing else was changed"


def test_one_is_deleted_with_what_it_decided(policy: RetrainingPolicy, people: People) -> None:
    decide(policy, "refuse")
    client = with_token(people.admin, "administer")
    assert client.delete(f"{POLICIES}{policy.pk}/").status_code == 204
    assert not PolicyEvaluation.objects.exists()
    assert AuditEntry.objects.get().action == "policy.deleted"
    assert client.delete(f"{POLICIES}{policy.pk}/").json()["code"] == "not_found"


@pytest.mark.parametrize(
    "rule",
    [
        {"name": ""},
        {"name": "n" * 81},
        {"name": 5},
        {"kind": "magic"},
        {"min_new_labels": 0},
        {"min_new_labels": 1_000_001},
        {"min_new_labels": "20"},
        {"min_per_class": None},
        {"schedule": "every day"},
        {"schedule": "0 3 31 2 *"},
        {"accuracy_floor": 1.1},
        {"accuracy_min_labels": 0},
        {"cool_down_minutes": -1},
        {"monthly_minutes": 10**30},
        {"enabled": "yes"},
        {"drift_alerted_at": None},
    ],
    ids=str,
)
def test_a_rule_that_cannot_be_is_refused_by_its_name(
    policy: RetrainingPolicy, people: People, rule: Any
) -> None:
    client = with_token(people.admin)
    for answer in (change(client, policy, rule), make(client, {"name": "New", **rule})):
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
        assert list(answer.json()["fields"]) == list(rule)
    assert RetrainingPolicy.objects.count() == 1
    assert not AuditEntry.objects.exists()


def test_two_of_one_name_and_one_too_many_are_refused(
    policy: RetrainingPolicy, people: People
) -> None:
    client = with_token(people.admin)
    assert make(client, {"name": policy.name}).json()["code"] == "conflict"
    for number in range(1, MOST):
        assert make(client, {"name": f"Rule {number}"}).status_code == 201
    assert change(client, policy, {"name": "Rule 1"}).json()["code"] == "conflict"
    assert make(client, {"name": "One more"}).json()["detail"].startswith("There are 20 policies.")
    assert RetrainingPolicy.objects.count() == MOST
    assert change(client, policy, {"on_drift": False}).status_code == 200


@pytest.mark.parametrize(
    ("who", "scopes", "code"),
    [
        ("reviewer", (), "not_allowed"),
        ("outsider", (), "not_allowed"),
        ("admin", ("read", "upload", "review"), "missing_scope"),
    ],
)
def test_nobody_else_makes_changes_or_deletes_one(
    policy: RetrainingPolicy, people: People, who: str, scopes: tuple[str, ...], code: str
) -> None:
    client = with_token(getattr(people, who), *scopes)
    for answer in (
        make(client, NIGHTLY),
        change(client, policy, {"min_new_labels": 1}),
        client.delete(f"{POLICIES}{policy.pk}/"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, code)
    assert RetrainingPolicy.objects.get().min_new_labels == policy.min_new_labels
    assert not AuditEntry.objects.exists()


def test_no_policy_is_not_changed(policy: RetrainingPolicy, people: People) -> None:
    policy.pk = 99
    answer = change(with_token(people.admin), policy, {"min_new_labels": 1})
    assert answer.json()["code"] == "not_found"


@pytest.mark.parametrize("who", ["reviewer", "outsider"])
def test_the_service_asks_who_it_is(policy: RetrainingPolicy, people: People, who: str) -> None:
    by = getattr(people, who)
    with pytest.raises(NotAllowed):
        make_policy(rules={"name": "Mine"}, by=by)
    with pytest.raises(NotAllowed):
        change_policy(policy_id=policy.pk, rules={"min_new_labels": 1}, by=by)
    assert RetrainingPolicy.objects.get().min_new_labels == policy.min_new_labels


def test_the_service_refuses_what_no_form_has_looked_at(
    policy: RetrainingPolicy, people: People
) -> None:
    for rules in ({"schedule": "never"}, {"cool_down_minutes": 10**9}):
        with pytest.raises(InvalidRequest, match=next(iter(rules))):
            change_policy(policy_id=policy.pk, rules=rules, by=people.admin)
    assert not AuditEntry.objects.exists()
