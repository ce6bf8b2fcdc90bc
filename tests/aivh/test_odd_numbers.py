"""A number is read as it is written, or refused: no parameter takes what only Python reads as one.

Over all parameters of the schema that take numbers, so that a new one is none the less strict.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.conf import LazySettings
from django.test import Client

from aivh.management.commands.promise_schema import promised_schema
from aivh.promise import operations
from classifier.vocabulary import Label
from labelling.api import waiting
from labelling.models import ApiToken, Image, Scope, User
from labelling.page_numbers import Paginator
from labelling.permissions import ADJUDICATORS, ADMINISTRATORS, REVIEWERS
from tests.labelling.programs import IMAGES, part, with_token
from tests.people import PASSWORD, make_person
from tests.route_things import make_things
from tests.worker.small import picture

pytestmark = pytest.mark.django_db

ODD_EVERYWHERE = [
    "1_0",
    "1_000",
    "\u0661\u0662",  # Arabic-Indic digits
    "\uff12\uff15",  # full width
    "+25",
    " 25",
    "25\n",
    "25.",
    "nan",
    "inf",
]
ODD_WHOLE = [*ODD_EVERYWHERE, "-1", "25.0", "1e2"]
ODD_DECIMAL = [*ODD_EVERYWHERE, "-0.1", "0_0.5", "+0.5", " 0.5", ".5", "\u0660.\u0665", "0x1"]


class Parameter(NamedTuple):
    method: str
    path: str
    name: str
    schema: Mapping[str, Any]

    @property
    def odd(self) -> list[str]:
        return ODD_WHOLE if self.schema["type"] == "integer" else ODD_DECIMAL

    @property
    def good(self) -> str:
        return str(max(self.schema.get("minimum", 0), min(25, self.schema.get("maximum", 1))))


def parameters() -> Iterator[Parameter]:
    for path, method, operation in operations(promised_schema()):
        for one in operation.get("parameters", ()):
            schema = one["schema"].get("items", one["schema"])
            if one["in"] == "query" and schema.get("type") in ("integer", "number"):
                yield Parameter(method, path, one["name"], schema)


@pytest.fixture
def ask(
    tmp_path: Path, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Parameter, str], Any]:
    """Ask as somebody who may do everything, of things that are there."""
    monkeypatch.setattr(waiting, "_look_until", lambda image, end: False)  # nobody examines it
    settings.API_RATES = dict.fromkeys(Scope.values, 1_000_000)
    everything = ADMINISTRATORS, ADJUDICATORS, REVIEWERS
    person = make_person("alex", *everything, is_staff=True)
    things, client = make_things(person, tmp_path), with_token(person)

    def ask(one: Parameter, value: str) -> Any:
        path = re.sub(r"\{(\w+?)_(id|number|digest)\}", lambda found: things[found[1]], one.path)
        if one.method == "get":
            return client.get(path, {one.name: value})
        sent = {"file": part(picture(Label.AI, 9))}
        return client.post(path, sent, query_params={one.name: value})

    return ask


def test_every_parameter_that_takes_numbers_takes_digits_alone(
    ask: Callable[[Parameter, str], Any],
) -> None:
    found = list(parameters())
    assert len(found) > 40
    assert {one.name for one in found} >= {"limit", "version", "wait", "n", "weeks", "days"}
    before, wrong = Image.objects.count(), []
    for one in found:
        for value in one.odd:
            answer = ask(one, value)
            refused = answer.status_code == 400 and b"invalid_request" in answer.content
            if not refused:
                wrong.append((one[:3], value, answer.status_code))
    assert wrong == []
    assert Image.objects.count() == before


@pytest.mark.parametrize("value", ["1_0", "\u0661\u0662", "+1", " 1", "1e1", "1.0"])
def test_so_does_a_form(outsider: User, value: str) -> None:
    said = {"username": outsider.username, "password": PASSWORD, "days": value}
    answer = Client().post("/api/v1/token/", said)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["days"])
    assert not ApiToken.objects.exists()
    assert Client().post("/api/v1/token/", said | {"days": "1"}).status_code == 200


@pytest.mark.parametrize("year", ["\u0662\u0660\u0662\u0665", "\uff12\uff10\uff12\uff15"])
def test_so_does_a_moment(outsider: User, year: str) -> None:
    client = with_token(outsider)
    query = {"received_after": f"{year}-01-01T00:00:00Z"}
    assert client.get(IMAGES, query).json()["code"] == "invalid_request"


@pytest.mark.parametrize("number", ["1_0", "\u0662", "+2", " 2", "2.0", "nan", "", "-2"])
def test_a_page_that_is_none_is_the_first(number: str) -> None:
    pages = Paginator(range(30), 10)
    assert pages.get_page(number).number == 1
    assert [pages.get_page(wanted).number for wanted in ("2", "99", None)] == [2, 3, 1]


def test_each_takes_a_number_that_is_one(ask: Callable[[Parameter, str], Any]) -> None:
    refused = [
        (one[:3], one.good, answer.content)
        for one in parameters()
        if (answer := ask(one, one.good)).status_code not in (200, 201, 202, 404)
    ]
    assert refused == []
