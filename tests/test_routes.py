"""Every address × who asks × GET, POST and DELETE, against the table of ``tests/routes.py``.

The table is held against the resolver in both directions, so an address that nobody thought about
fails here. Add its row in the commit that adds the address: six statuses for each method, in the
order of ``PEOPLE``; what it leads to is made by the uploader in ``tests/route_things.py``. What
strangers may open stands in ``PUBLIC`` besides. Nothing else answers them, a thing of somebody
else is 404, and whatever refuses changes nothing.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection, transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from labelling.models import User
from labelling.pages.signed_in import STOP_POLLING
from tests.people import make_person
from tests.route_things import make_things
from tests.routes import PEOPLE, PUBLIC, ROUTES, Row

SIGN_IN = ("/accounts/login/", "/admin/login/")
READS = ("SELECT", "WITH", "SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN")
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


ROOMS = sorted({route.partition("/")[0].lstrip("^") for route in ROUTES})


@dataclass(frozen=True)
class World:
    """The site with one of each thing, and everybody at a browser of their own."""

    people: dict[str, User | None]
    things: dict[str, str]
    sessions: dict[str, str]
    rows: dict[str, list[Any]]

    def browser(self, who: str) -> Client:
        client = Client(headers={"accept": "text/html,*/*;q=0.8"}, raise_request_exception=False)
        if self.sessions[who]:
            client.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[who]
        return client

    def ask(self, who: str, method: str, route: str, row: Row) -> HttpResponseBase:
        form = {name: value.format(**self.things) for name, value in row.form.items()}
        about = {"content_type": "application/json"} if row.json and method == "post" else {}
        sent = {} if row.json and method != "post" else form
        answer: HttpResponseBase = getattr(self.browser(who), method)(
            self.address(route), sent, **about
        )
        if answer.streaming:
            list(answer)  # ends it
        return answer

    def address(self, route: str) -> str:
        args = {name: value.format(**self.things) for name, value in ROUTES[route].args.items()}
        name = PATTERNS[route].name
        return reverse(name, kwargs=args) if name else f"/{route}"


@pytest.fixture
def world(
    outsider: User, reviewer: User, adjudicator: User, administrator: User, tmp_path: Path
) -> World:
    made = (None, outsider, make_person("otto"), reviewer, adjudicator, administrator)
    people = dict(zip(PEOPLE, made, strict=True))
    things = make_things(outsider, tmp_path)
    sessions = {who: signed_in(person) for who, person in people.items()}
    return World(people, things, sessions, all_rows())


def signed_in(person: User | None) -> str:
    """The key of a session of theirs; empty for a stranger."""
    client = Client()
    if person:
        client.force_login(person)
    return client.session.session_key or "" if person else ""


@contextmanager
def afterwards_as_before() -> Iterator[None]:
    """Whatever happens inside is rolled back, so that the next person finds the same site."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def whatever_is_written() -> Iterator[list[str]]:
    """The statements inside that do anything but read, or begin and end a transaction."""
    written: list[str] = []

    def note(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if not sql.lstrip("( \n").upper().startswith(READS):
            written.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        yield written


def all_rows() -> dict[str, list[Any]]:
    """Everything that the database holds, but for sessions."""
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values())
        for model in apps.get_models()
        if model is not Session
    }


def is_refusal(answer: HttpResponseBase) -> bool:
    to_sign_in = answer.status_code == 302 and answer.headers["Location"].startswith(SIGN_IN)
    return to_sign_in or answer.status_code in REFUSALS


def test_the_table_knows_every_address_and_no_other() -> None:
    assert set(PATTERNS) - set(ROUTES) == set(), "add rows to tests/routes.py"
    assert set(ROUTES) - set(PATTERNS) == set()
    assert PUBLIC - set(ROUTES) == set()


@pytest.mark.parametrize("room", ROOMS)
def test_the_table_holds(world: World, room: str) -> None:
    """All addresses that begin with one word, for everybody; the answers that differ, if any."""
    wrong = {}
    for route in [route for route in ROUTES if route.partition("/")[0].lstrip("^") == room]:
        # Some of Django's own pages take any method for a GET; that it changes nothing is below.
        for method in ("get", "post", "delete") if ROUTES[route].delete else ("get", "post"):
            cache.clear()  # nobody is slowed down by what others have asked
            found = answers(world, method, route)
            if not as_expected(found, ROUTES[route].statuses(method)):
                wrong[f"{method} {route}"] = found
    assert wrong == {}


def answers(world: World, method: str, route: str) -> dict[str, int]:
    """What each gets. Whatever refuses changes nothing, and strangers get nothing that is not
    public: they are sent to sign in, also where the thing that they ask for is not there."""
    found = {}
    for who in PEOPLE:
        with afterwards_as_before(), whatever_is_written() as written:
            answer = world.ask(who, method, route, ROUTES[route])
            found[who] = answer.status_code
            if is_refusal(answer):
                # To read every row takes longer than all the rest.
                same = not written or all_rows() == world.rows
                assert same, f"{method} {route} refused {who}, and changed it"
            elif who == "anonymous" and route not in PUBLIC:
                assert answer.status_code == STOP_POLLING, f"{method} {route} answers a stranger"
    return found


def as_expected(found: dict[str, int], expected: dict[str, int]) -> bool:
    """By the table; a method that it does not name is refused to everybody."""
    if expected:
        return found == expected
    strangers = found["anonymous"] in {302, *REFUSALS}
    return strangers and {found[who] for who in PEOPLE[1:]} <= REFUSALS


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options"])
def test_no_other_method_changes_anything(world: World, method: str) -> None:
    """Not even for whoever the things belong to, nor for an administrator."""
    routes = [route for route, row in ROUTES.items() if not (method == "delete" and row.delete)]
    for who in ("anonymous", "uploader", "administrator"):
        for route in routes:
            answer = getattr(world.browser(who), method)(world.address(route))
            assert answer.status_code < 500, f"{method} {route} breaks for {who}"
    assert all_rows() == world.rows


BACK_OFFICE = [
    f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry
]


@pytest.mark.parametrize("page", ["changelist", "add"])
def test_only_administrators_enter_the_back_office(world: World, page: str) -> None:
    """Its lists and its forms for new rows; each of its pages stands behind the same door."""
    for model in BACK_OFFICE:
        for who in PEOPLE:
            answer = world.browser(who).get(reverse(f"admin:{model}_{page}"))
            expected = (200, 403) if who == "administrator" else (302,)
            assert answer.status_code in expected, f"{model} {page} for {who}"
            assert is_refusal(answer) or answer.status_code == 200
    assert all_rows() == world.rows
