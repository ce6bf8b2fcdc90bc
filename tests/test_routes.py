"""Every address × who asks × GET and POST, against the table of ``tests/routes.py``.

The table is held against the resolver in both directions, so an address that nobody thought about
fails here. Add its row in the commit that adds the address: six statuses for each method, in the
order of ``PEOPLE``; what it leads to is made by the uploader in ``tests/route_things.py``. What
strangers may open stands in ``PUBLIC`` besides. Nothing else answers them, a thing of somebody
else is 404, and whatever refuses changes nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from labelling.models import User
from labelling.pages.images import STOP_POLLING
from tests.people import make_person
from tests.route_things import make_things
from tests.routes import PEOPLE, PUBLIC, ROUTES, Row

SIGN_IN = ("/accounts/login/", "/admin/login/")
REFUSALS = {401, 403, 404, 405, 409}


def walk(patterns: list[Any], before: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every pattern below these with its whole route, but for those of the back office."""
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route, pattern
        elif pattern.app_name != "admin":
            assert isinstance(pattern, URLResolver)
            yield from walk(pattern.url_patterns, route)


PATTERNS = dict(walk(get_resolver().url_patterns))


@pytest.fixture
def people(
    outsider: User, reviewer: User, adjudicator: User, administrator: User
) -> dict[str, User | None]:
    made = (None, outsider, make_person("otto"), reviewer, adjudicator, administrator)
    return dict(zip(PEOPLE, made, strict=True))


@pytest.fixture
def things(people: dict[str, User | None], tmp_path: Path) -> dict[str, str]:
    uploader = people["uploader"]
    assert uploader is not None
    return make_things(uploader, tmp_path)


def browser(person: User | None) -> Client:
    client = Client(headers={"accept": "text/html,*/*;q=0.8"}, raise_request_exception=False)
    if person:
        client.force_login(person)
    return client


def address(route: str, row: Row, things: dict[str, str]) -> str:
    args = {name: value.format(**things) for name, value in row.args.items()}
    name = PATTERNS[route].name
    return reverse(name, kwargs=args) if name else f"/{route}"


@contextmanager
def afterwards_as_before() -> Iterator[None]:
    """Whatever happens inside is rolled back, so that the next person finds the same site."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def all_rows() -> dict[str, list[Any]]:
    """Everything that the database holds, but for sessions."""
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values())
        for model in apps.get_models()
        if model is not Session
    }


def test_the_table_knows_every_address_and_no_other() -> None:
    assert set(PATTERNS) - set(ROUTES) == set(), "add rows to tests/routes.py"
    assert set(ROUTES) - set(PATTERNS) == set()
    assert PUBLIC - set(ROUTES) == set()


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("route", ROUTES)
def test_the_table_holds(
    people: dict[str, User | None], things: dict[str, str], route: str, method: str
) -> None:
    row = ROUTES[route]
    expected = row.statuses(method)
    form = {name: value.format(**things) for name, value in row.form.items()}
    found = {}
    for who, person in people.items():
        with afterwards_as_before():
            client, before = browser(person), all_rows()
            answer = getattr(client, method)(address(route, row, things), form)
            found[who] = answer.status_code
            if is_refusal(answer):
                assert all_rows() == before, f"refused to {who}, and yet something changed"
    if expected:
        assert found == expected
    else:
        assert set(found.values()) <= {302, *REFUSALS}, found
        assert set(list(found.values())[1:]) <= REFUSALS, found


def is_refusal(answer: HttpResponseBase) -> bool:
    to_sign_in = answer.status_code == 302 and answer.headers["Location"].startswith(SIGN_IN)
    return to_sign_in or answer.status_code in REFUSALS


@pytest.mark.parametrize("route", sorted(set(ROUTES) - PUBLIC))
def test_a_stranger_is_sent_to_sign_in(
    people: dict[str, User | None], things: dict[str, str], route: str
) -> None:
    """Also where the thing that they ask for is not there: they cannot tell."""
    for method in ("get", "post"):
        answer = getattr(browser(None), method)(address(route, ROUTES[route], things))
        assert is_refusal(answer) or answer.status_code == STOP_POLLING


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options"])
def test_no_other_method_changes_anything(
    people: dict[str, User | None], things: dict[str, str], method: str
) -> None:
    """Not even for whoever the things belong to, nor for an administrator."""
    for who in ("anonymous", "uploader", "administrator"):
        client = browser(people[who])
        before = all_rows()
        for route, row in ROUTES.items():
            answer = getattr(client, method)(address(route, row, things))
            assert answer.status_code < 500
        assert all_rows() == before


BACK_OFFICE = [
    f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry
]


@pytest.mark.parametrize("model", BACK_OFFICE)
def test_only_administrators_enter_the_back_office(
    people: dict[str, User | None], model: str
) -> None:
    """Its lists and its forms for new rows; each of its pages stands behind the same door."""
    for name in (f"admin:{model}_changelist", f"admin:{model}_add"):
        for who, person in people.items():
            answer = browser(person).get(reverse(name))
            if who == "administrator":
                assert answer.status_code in (200, 403)
            else:
                assert is_refusal(answer)
                assert answer.status_code == 302
