"""A name and a password for a token."""

import pytest
from django.core.cache import cache
from django.test import Client

from labelling.models import User
from tests.people import PASSWORD

pytestmark = pytest.mark.django_db
TOKEN = "/api/v1/token/"


@pytest.mark.parametrize("content_type", ["application/json", "application/x-www-form-urlencoded"])
def test_the_right_password_gives_a_token_that_works(outsider: User, content_type: str) -> None:
    form = {"username": outsider.username, "password": PASSWORD}
    if content_type == "application/json":
        answer = Client().post(TOKEN, form, content_type=content_type)
    else:
        body = "&".join(f"{key}={value}" for key, value in form.items())
        answer = Client().post(TOKEN, body, content_type=content_type)

    assert answer.status_code == 200
    client = Client(headers={"Authorization": f"Token {answer.json()['token']}"})
    assert client.get("/api/v1/images/").status_code == 200


def test_a_wrong_password_gives_none(outsider: User) -> None:
    answer = Client().post(TOKEN, {"username": outsider.username, "password": "guess"})

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert "token" not in answer.json()


def test_whoever_guesses_is_slowed_down(outsider: User) -> None:
    guess = {"username": outsider.username, "password": "guess"}
    answers = [Client().post(TOKEN, guess).status_code for _ in range(11)]

    assert answers == [400] * 10 + [429]
    last = Client().post(TOKEN, guess | {"password": PASSWORD})
    assert (last.status_code, last.json()["code"]) == (429, "throttled")
    assert int(last.headers["Retry-After"]) > 0


def test_signing_in_works_while_the_server_that_counts_is_away(outsider: User, monkeypatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise ConnectionError("no cache")

    for name in ("get", "add", "incr", "decr"):
        monkeypatch.setattr(cache, name, away)
    answer = Client().post(TOKEN, {"username": outsider.username, "password": PASSWORD})

    assert answer.status_code == 200


@pytest.mark.parametrize("body", ["[]", "7", '"text"', "{}", '{"username": ["a"], "password": {}}'])
def test_a_body_that_names_nobody_is_refused(db: None, body: str) -> None:
    answer = Client().post(TOKEN, body, content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
