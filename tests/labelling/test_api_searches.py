"""Searches that are kept, by the API."""

from collections.abc import Mapping
from typing import Any

import pytest
from django.test import Client

from labelling.models import SavedFilter, User
from labelling.services import saved_filters
from tests.labelling.programs import with_token

pytestmark = pytest.mark.django_db

SEARCHES = "/api/v1/searches/"
JSON = "application/json"
WISH = {"name": "Doubtful ones", "query": "verdict=uncertain&sort=largest"}


def keep(client: Client, wish: Mapping[str, Any], **headers: str) -> tuple[int, dict[str, Any]]:
    answer = client.post(SEARCHES, wish, content_type=JSON, headers=headers)
    return answer.status_code, answer.json()


def test_a_search_is_kept_renamed_and_deleted(outsider: User) -> None:
    client = with_token(outsider)

    status, made = keep(client, WISH)
    assert (status, made["name"], made["query"]) == (201, WISH["name"], WISH["query"])
    assert made["page"].endswith(f"/images/?{WISH['query']}")
    assert client.get(SEARCHES).json()["results"] == [made]
    assert client.get(made["url"]).json() == made

    renamed = client.patch(made["url"], {"name": "Large ones"}, content_type=JSON)
    assert (renamed.status_code, renamed.json()) == (200, made | {"name": "Large ones"})
    assert client.delete(made["url"]).status_code == 204
    assert client.get(made["url"]).status_code == 404
    assert SavedFilter.objects.count() == 0


def test_a_search_that_is_deleted_while_it_is_renamed_stays_deleted(
    outsider: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = with_token(outsider)
    _, made = keep(client, WISH)

    def clean_and_delete(name: str) -> str:
        SavedFilter.objects.all().delete()
        return name

    monkeypatch.setattr(saved_filters, "_clean", clean_and_delete)
    renamed = client.patch(made["url"], {"name": "Large ones"}, content_type=JSON)

    assert (renamed.status_code, renamed.json()["code"]) == (404, "not_found")
    # In a test the deletion is within the refused transaction and goes with it.
    assert [row.name for row in SavedFilter.objects.all()] == [WISH["name"]]


def test_the_same_request_twice_keeps_one(outsider: User) -> None:
    client = with_token(outsider)

    first, again = (keep(client, WISH, **{"Idempotency-Key": "mine"}) for _ in range(2))

    assert first == again
    assert SavedFilter.objects.count() == 1


@pytest.mark.parametrize(
    ("wish", "status", "code"),
    [
        ({"name": "Mine"}, 400, "invalid_request"),
        ({"name": " ", "query": ""}, 400, "invalid_request"),
        ({"name": "x" * 61, "query": ""}, 400, "invalid_request"),
        ({"name": 5, "query": ""}, 400, "invalid_request"),
        ({"name": "Mine", "query": "", "colour": "red"}, 400, "invalid_request"),
        # What the gallery passes over would find what nobody asked for.
        ({"name": "Mine", "query": "colour=red"}, 400, "invalid_request"),
        ({"name": "Mine", "query": "verdict=maybe"}, 400, "invalid_request"),
        ({"name": "Mine", "query": "sort=best"}, 400, "invalid_request"),
        ({"name": "Mine", "query": "verdict=ai&verdict=human"}, 400, "invalid_request"),
        ({"name": "Mine", "query": "verdict=ai&verdict=ai"}, 400, "invalid_request"),
        ({"name": "Mine", "query": "x" * 4001}, 400, "invalid_request"),
        ({"name": "Kept", "query": ""}, 409, "conflict"),
    ],
)
def test_what_cannot_be_kept_is_refused(outsider: User, wish, status: int, code: str) -> None:
    outsider.saved_filters.create(name="Kept", query="verdict=ai")

    answer, body = keep(with_token(outsider), wish)

    assert (answer, body["code"]) == (status, code)
    assert SavedFilter.objects.count() == 1


def test_there_is_an_end_to_how_many_one_keeps(outsider: User, monkeypatch) -> None:
    monkeypatch.setattr(saved_filters, "MOST", 1)
    outsider.saved_filters.create(name="Kept", query="")

    assert keep(with_token(outsider), WISH)[0] == 409
    assert SavedFilter.objects.count() == 1


def test_they_are_nobody_elses(outsider: User, reviewer: User, administrator: User) -> None:
    mine = outsider.saved_filters.create(name="Mine", query="verdict=ai")
    address = f"{SEARCHES}{mine.pk}/"

    for person in (reviewer, administrator):
        client = with_token(person)
        assert client.get(SEARCHES).json()["results"] == []
        assert client.get(address).status_code == 404
        assert client.patch(address, {"name": "Theirs"}, content_type=JSON).status_code == 404
        assert client.delete(address).status_code == 404
    assert Client().get(SEARCHES).status_code == 401
    for_reading = with_token(outsider, "read").delete(address)
    assert (for_reading.status_code, for_reading.json()["code"]) == (403, "missing_scope")
    mine.refresh_from_db()
    assert mine.name == "Mine"


def test_the_list_needs_as_many_queries_for_many_as_for_one(
    outsider: User, django_assert_num_queries
) -> None:
    client = with_token(outsider)
    outsider.saved_filters.create(name="First", query="")
    with django_assert_num_queries(2):  # token, searches
        client.get(SEARCHES)
    for number in range(5):
        outsider.saved_filters.create(name=str(number), query="")
    with django_assert_num_queries(2):
        assert len(client.get(SEARCHES).json()["results"]) == 6
