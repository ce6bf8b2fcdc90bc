"""Nothing that a request says is passed over: it is understood, or refused with a code."""

import re
from base64 import b64encode
from urllib.parse import urlencode

import pytest
from django.test import Client

from labelling.models import Image, Review, User
from tests.labelling.programs import IMAGES, PROBLEM, with_token
from tests.labelling.rows import make_image

pytestmark = pytest.mark.django_db


def refusal(client: Client, method: str, address: str, body: str = "") -> tuple[int, str]:
    client.raise_request_exception = False
    ask = getattr(client, method)
    answer = ask(address, body, content_type="application/json") if body else ask(address)
    assert answer.headers["Content-Type"] == PROBLEM, answer.content
    return answer.status_code, answer.json()["code"]


INVALID = (400, "invalid_request")


@pytest.mark.parametrize(
    ("address", "body"),
    [
        ("reviews/", '{"\\ud800": 1}'),
        ("reviews/", '{"image": "0b7f0000-0000-4000-8000-000000000000", "answer": "\\udfff"}'),
        ("jobs/delete/", '{"search": {"\\ud800": "x"}}'),
        ("webhooks/", '{"url": "https://hooks.example/", "events": ["\\uD800"]}'),
        ("token/", '{"username": "x", "password": "y", "scopes": ["\\ud800"]}'),
    ],
)
def test_half_a_character_is_refused(administrator: User, address: str, body: str) -> None:
    assert refusal(with_token(administrator), "post", f"/api/v1/{address}", body) == INVALID


def test_both_halves_are_a_character(outsider: User) -> None:
    body = '{"name": "\\ud83d\\ude00", "query": "verdict=ai"}'
    client = with_token(outsider)
    answer = client.post("/api/v1/searches/", body, content_type="application/json")
    assert (answer.status_code, answer.json()["name"]) == (201, "😀")


@pytest.mark.parametrize(
    "body",
    [
        '{"image": "%s", "answer": "ai", "answer": "human"}',
        '{"image": "%s", "answer": "ai", "image": "%s"}',
    ],
)
def test_a_member_that_comes_twice_is_refused(reviewer: User, outsider: User, body: str) -> None:
    image = make_image("x", owner=outsider)
    said = body.replace("%s", str(image.pk))

    assert refusal(with_token(reviewer), "post", "/api/v1/reviews/", said) == INVALID
    assert not Review.objects.exists()


@pytest.mark.parametrize(
    "address",
    [
        "reviews/?image=%20",
        "labels/?image=%0a",
        "predictions/?image=%C2%A0",
        "flags/?image=%E2%80%83",
        "images/?name=%20",
        "audit-log/?actor=%20",
        "people/?q=%09",
    ],
)
def test_white_space_is_no_value(administrator: User, address: str) -> None:
    assert refusal(with_token(administrator), "get", f"/api/v1/{address}") == INVALID


@pytest.mark.parametrize(
    "address",
    [
        "me/?verbose=1",
        "me/figures/?day=7",
        "reviewers/?days=7&days=30",
        "statistics/?days=7&foo=1",
        "statistics/charts/?span=24h",
        "weekly-reports/?week=3",
        "drift-reports/latest/?n=20&m=1",
        "images/{image}/?nonsense=1",
        "images/{image}/?wait=1&wait=2",
        "images/{image}/similar/?limit=1&limit=2",
        "images/{image}/history/?since=1",
        "searches/?fields=nonsense",
    ],
)
def test_a_parameter_that_there_is_not_or_twice_is_refused(
    administrator: User, outsider: User, address: str
) -> None:
    image = make_image("x", owner=outsider)
    asked = f"/api/v1/{address.format(image=image.pk)}"
    assert refusal(with_token(administrator), "get", asked) == INVALID


def test_so_it_is_where_something_is_changed(outsider: User) -> None:
    image = make_image("x", owner=outsider)
    client = with_token(outsider)

    assert refusal(client, "delete", f"{IMAGES}{image.pk}/?dry=1") == INVALID
    assert refusal(client, "post", f"{IMAGES}{image.pk}/restore/", '{"x": 1}') == INVALID
    assert Image.objects.get().deleted_at is None


def test_members_are_chosen_of_every_object(outsider: User, administrator: User) -> None:
    image = make_image("x", owner=outsider)
    history = with_token(outsider).get(f"{IMAGES}{image.pk}/history/?fields=blind")
    sources = with_token(administrator).get("/api/v1/imports/sources/?fields=zip_bytes")

    assert history.json() == {"blind": False}
    assert set(sources.json()) == {"zip_bytes"}


def in_base64(query: dict[str, str]) -> str:
    return b64encode(urlencode(query).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        *("TRUE", "....", "!!!!", "[]", "{}", "\0"),
        in_base64({"x": "1"}),
        in_base64({"o": "5"}),
        in_base64({"p": "1 2026-11-29 00:00:00+00:00", "o": "5"}),
    ],
)
def test_a_cursor_that_nobody_handed_out_is_not_the_first_page(outsider: User, cursor: str) -> None:
    make_image("x", owner=outsider)
    address = f"{IMAGES}?{urlencode({'cursor': cursor})}"
    assert refusal(with_token(outsider), "get", address) == (404, "not_found")


def test_a_cursor_that_was_damaged_is_none(outsider: User) -> None:
    for name in "ab":
        make_image(name, owner=outsider)
    client = with_token(outsider)
    onward = client.get(f"{IMAGES}?limit=1").json()["next"]

    assert client.get(onward).status_code == 200
    damaged = re.sub("cursor=([^&]+)", r"cursor=\1A", onward)
    assert refusal(client, "get", damaged) == (404, "not_found")
