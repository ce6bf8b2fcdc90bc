"""The policy of the queue, by the API."""

import pytest
from django.test import Client

from labelling.models import AuditEntry, QueuePolicy, User
from tests.labelling.programs import with_token

pytestmark = pytest.mark.django_db

POLICY = "/api/v1/queue/policy/"


def change(client: Client, rules: object) -> tuple[int, dict]:
    answer = client.patch(POLICY, rules, content_type="application/json")
    return answer.status_code, answer.json()


def test_administrators_read_and_change_it(administrator: User) -> None:
    client = with_token(administrator)
    before = client.get(POLICY).json()
    assert (before["votes_wanted"], before["gold_share"]) == (1, 0.05)

    status, told = change(client, {"gold_share": 0.1, "lease_minutes": 9})
    assert (status, told) == (200, before | {"gold_share": 0.1, "lease_minutes": 9})
    assert client.get(POLICY).json() == told
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor) == ("policy.changed", "alex")
    assert entry.details["before"] == {"gold_share": 0.05, "lease_minutes": 5}
    assert change(client, {}) == (200, told)
    assert AuditEntry.objects.count() == 1


@pytest.mark.parametrize(
    "rules",
    [
        {"gold_share": 0.6},
        {"votes_wanted": 0},
        {"votes_wanted": "2"},
        {"lease_minutes": 61},
        {"gold_floor": None},
        {"turns": 0},
        [],
    ],
)
def test_rules_that_cannot_be(administrator: User, rules: object) -> None:
    before = QueuePolicy.objects.values().get()
    status, body = change(with_token(administrator), rules)
    assert (status, body["code"]) == (400, "invalid_request")
    assert QueuePolicy.objects.values().get() == before


def test_it_is_for_administrators(outsider: User, reviewer: User, administrator: User) -> None:
    before = QueuePolicy.objects.values().get()
    rules = {"votes_wanted": 3}
    for client, status, code in (
        (Client(), 401, "not_authenticated"),
        (with_token(outsider), 403, "not_allowed"),
        (with_token(reviewer), 403, "not_allowed"),
        (with_token(administrator, "read"), 403, "missing_scope"),
    ):
        answered, body = change(client, rules)
        assert (answered, body["code"]) == (status, code)
    assert with_token(reviewer).get(POLICY).status_code == 403
    assert QueuePolicy.objects.values().get() == before
    assert AuditEntry.objects.count() == 0
