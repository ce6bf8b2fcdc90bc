"""One line for each request, and its id from the proxy to the error's page."""

import logging
from uuid import uuid4

import pytest
from django.test import Client

from aivh.logs.requests import HEADER
from labelling.models import User
from tests.aivh.logs.lines import written

pytestmark = pytest.mark.django_db
REQUESTS = "aivh.requests"


def test_a_line_names_route_person_and_subject(outsider: User, client: Client):
    client.force_login(outsider)
    image = uuid4()
    with written() as lines:
        answer = client.get(f"/images/{image}/?token=hidden", headers={HEADER: "from-the-proxy.1"})

    assert answer.headers[HEADER] == "from-the-proxy.1"
    (told,) = lines.of(REQUESTS)
    assert isinstance(told.pop("ms"), int)
    assert told.pop("event").startswith("GET /images/<uuid:image_id>/ 404 in ")
    assert told.pop("timestamp")
    assert told == {
        "level": "info",
        "logger": REQUESTS,
        "request_id": "from-the-proxy.1",
        "person_id": outsider.pk,
        "image_id": str(image),
        "method": "GET",
        "route": "/images/<uuid:image_id>/",
        "status": 404,
        "bytes": len(answer.content),
    }
    assert "hidden" not in lines.text
    assert outsider.username not in lines.text


@pytest.mark.parametrize("given", ["", "a b", "a\tb", "x" * 65, "ä", "<script>", "a/b", "a;b"])
def test_an_id_that_is_not_harmless_is_replaced(client: Client, given: str):
    answer = client.get("/health/live", headers={HEADER: given})

    assert len(answer.headers[HEADER]) == 16
    assert answer.headers[HEADER] != given


def test_each_request_has_an_id_of_its_own(client: Client):
    ids = {client.get("/health/live").headers[HEADER] for _ in range(3)}

    assert len(ids) == 3


def test_a_secret_address_is_not_in_any_line(client: Client):
    with written(level=logging.DEBUG) as lines:
        client.get("/r/very-secret-word/")
        client.get("/invitations/very-secret-word/")
        client.get("/accounts/reset/Mg/very-secret-word/")
        client.get("/nowhere/very-secret-word/")

    assert "very-secret-word" not in lines.text
    assert [told["route"] for told in lines.of(REQUESTS)] == [
        "/r/<str:token>/",
        "/invitations/<str:token>/",
        "/accounts/reset/<uidb64>/<token>/",
        "unmatched",
    ]


@pytest.mark.parametrize("address", ["/health/live", "/health", "/metrics", "/static/none.css"])
def test_machines_and_files_are_told_only_when_all_is(client: Client, address: str):
    with written() as usual:
        client.get(address)
    with written(level=logging.DEBUG) as everything:
        client.get(address)

    assert usual.of(REQUESTS) == []
    assert [told["level"] for told in everything.of(REQUESTS)] == ["debug"]


def test_what_broke_is_told_by_route_and_its_page_shows_the_id(outsider: User, monkeypatch):
    def surprise(*_: object, **__: object) -> None:
        raise ZeroDivisionError("inside")

    client = Client(raise_request_exception=False)
    monkeypatch.setattr("labelling.pages.sharing.shared_link", surprise)
    with written() as lines:
        answer = client.get("/r/very-secret-word/", headers={HEADER: "seen-by-proxy"})

    assert answer.status_code == 500
    assert "<code>seen-by-proxy</code>" in answer.content.decode()
    assert "very-secret-word" not in lines.text
    (broke,) = lines.of("django.request")
    assert broke["request_id"] == "seen-by-proxy"
    assert "ZeroDivisionError: inside" in broke["exception"]


def test_an_errors_page_shows_the_id(client: Client):
    answer = client.get("/nowhere/", headers={HEADER: "seen-by-proxy"})

    assert "request seen-by-proxy" in answer.content.decode()


def test_nothing_is_left_for_the_next_request(outsider: User, client: Client):
    client.force_login(outsider)
    with written() as lines:
        client.get("/images/")
        client.logout()
        client.get("/accounts/login/")

    first, last = lines.of(REQUESTS)[0], lines.of(REQUESTS)[-1]
    assert first["person_id"] == outsider.pk
    assert "person_id" not in last
