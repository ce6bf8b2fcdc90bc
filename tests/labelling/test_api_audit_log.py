"""The audit log, by the API."""

import pytest
from django.test import Client

from labelling.models import AuditEntry, User
from labelling.services.audit_log import write_entry
from tests.labelling.programs import with_token

pytestmark = pytest.mark.django_db

LOG = "/api/v1/audit-log/"


@pytest.fixture
def entries(administrator: User, reviewer: User) -> None:
    write_entry(action="label.settled", subject="image:1", by=reviewer, after={"value": "ai"})
    write_entry(action="label.removed", subject="image:1", by=administrator)
    write_entry(action="role.granted", subject="person:7", by=None, role="Reviewers")


def test_it_tells_who_changed_what(entries: None, administrator: User) -> None:
    first, _, last = with_token(administrator).get(LOG).json()["results"]
    entry = AuditEntry.objects.get(action="label.settled")

    assert last == {
        "number": entry.number,
        "at": last["at"],
        "actor": "robin",
        "action": "label.settled",
        "words": "Settled",
        "subject": "image:1",
        "details": {"after": {"value": "ai"}},
        "hash": entry.hash or None,
        "before_hash": entry.before_hash or None,
    }
    assert (first["actor"], first["action"]) == (None, "role.granted")


@pytest.mark.parametrize(
    ("query", "actions"),
    [
        ("action=label", ["label.removed", "label.settled"]),
        ("action=label.settled", ["label.settled"]),
        ("actor=alex", ["label.removed"]),
        ("subject=person:7", ["role.granted"]),
        ("action=label&actor=robin", ["label.settled"]),
        ("action=lab", []),
        ("fields=action&limit=1", ["role.granted"]),
    ],
)
def test_filters(entries: None, administrator: User, query: str, actions: list[str]) -> None:
    listed = with_token(administrator).get(f"{LOG}?{query}").json()["results"]
    assert [entry["action"] for entry in listed] == actions


def test_from_a_moment_and_up_to_one(entries: None, administrator: User) -> None:
    program = with_token(administrator)
    moment = AuditEntry.objects.get(action="label.removed").at

    def listed(which: str) -> list[str]:
        body = program.get(LOG, {which: moment.isoformat(), "fields": "action"}).json()
        return [entry["action"] for entry in body["results"]]

    assert listed("at_after") == ["role.granted"]
    assert listed("at_before") == ["label.settled"]


@pytest.mark.parametrize(
    "query", ["colour=red", "actor=", "at_after=soon", f"action={'x' * 41}", "cursor=x"]
)
def test_filters_that_make_no_sense(entries: None, administrator: User, query: str) -> None:
    assert with_token(administrator).get(f"{LOG}?{query}").status_code in (400, 404)


def test_it_goes_on_behind_each_page(entries: None, administrator: User) -> None:
    client = with_token(administrator)
    page, seen = client.get(f"{LOG}?limit=1").json(), []
    while page:
        seen += [entry["action"] for entry in page["results"]]
        page = client.get(page["next"]).json() if page["next"] else None
    assert seen == ["role.granted", "label.removed", "label.settled"]


def test_it_is_for_administrators(
    entries: None, outsider: User, reviewer: User, administrator: User
) -> None:
    for client, status, code in (
        (Client(), 401, "not_authenticated"),
        (with_token(outsider), 403, "not_allowed"),
        (with_token(reviewer), 403, "not_allowed"),
        (with_token(administrator, "read"), 403, "missing_scope"),
    ):
        answer = client.get(LOG)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert with_token(administrator).delete(LOG).status_code == 405
    assert AuditEntry.objects.count() == 3


def test_it_needs_as_many_queries_for_many_as_for_one(
    entries: None, administrator: User, django_assert_max_num_queries
) -> None:
    client = with_token(administrator)
    with django_assert_max_num_queries(10) as one:
        client.get(f"{LOG}?limit=1")
    with django_assert_max_num_queries(len(one.captured_queries)):
        assert len(client.get(LOG).json()["results"]) == 3
