"""Whatever the schema allows or forbids is sent to each operation: none may break, and each answer
must be as the schema says. ``SCHEMATHESIS_CASES=100`` sends more to each than every day's few."""

import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from aivh.management.commands.promise_schema import promised_schema
from aivh.promise import operations
from aivh.wsgi import application
from labelling.api import waiting
from labelling.api.sparse import PARAMETER
from labelling.models import Scope
from labelling.permissions import ADJUDICATORS, ADMINISTRATORS, REVIEWERS
from labelling.services.tokens import make_token
from tests.people import make_person
from tests.route_things import make_things

CASES = int(os.environ.get("SCHEMATHESIS_CASES", "4"))  # of good and of bad requests, each
# What we take is less than the schema can say: a file must be a picture, a thing must be there.
BEYOND_THE_SCHEMA = {"positive_data_acceptance"}

TAGS: dict[str, list[tuple[str, str]]] = defaultdict(list)
for path, method, operation in operations(promised_schema()):
    TAGS[operation["tags"][0]].append((method, path))

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def api(one_connection: None) -> Any:
    return schemathesis.openapi.from_wsgi("/api/schema/?format=json", application)


@pytest.fixture(scope="module", autouse=True)
def one_connection() -> Iterator[None]:
    """The web server closes its connection after each request; a test's lies in a transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture(scope="module")
def checks() -> list[Any]:
    load_all_checks()
    return [check for check in CHECKS.get_all() if check.__name__ not in BEYOND_THE_SCHEMA]


@pytest.fixture
def send(
    tmp_path: Path, settings: Any, checks: list[Any], monkeypatch: pytest.MonkeyPatch
) -> Callable[[schemathesis.Case], None]:
    """Send a case as somebody who may do everything, and look at the answer."""
    monkeypatch.setattr(waiting, "_look_until", lambda image, end: False)  # nobody examines it
    settings.API_RATES = dict.fromkeys(Scope.values, 1_000_000)
    things = make_things(make_person("olli"), tmp_path)
    person = make_person("alex", ADMINISTRATORS, ADJUDICATORS, REVIEWERS, is_staff=True)
    _, secret = make_token(owner=person, name="schema", scopes=Scope.values, days=1)
    headers = {"Authorization": f"Bearer {secret}"}

    def send(case: schemathesis.Case) -> None:
        for name in case.path_parameters:
            thing = re.sub("_(id|number|digest)$", "", name)
            if case.meta and case.meta.generation.mode.is_positive and thing in things:
                case.path_parameters[name] = things[thing]
        response = case.call(headers=headers)
        chosen = [check for check in checks if fits(check, case)]
        case.validate_response(response, checks=chosen, headers=headers)

    return send


def fits(check: Any, case: schemathesis.Case) -> bool:
    """Of an answer whose members were chosen, the others are missing, as was asked for."""
    sparse = PARAMETER in (case.query or {})
    return not (sparse and check.__name__ == "response_schema_conformance")


@pytest.mark.parametrize("tag", sorted(TAGS))
@pytest.mark.parametrize("mode", GenerationMode)
def test_they_answer_as_the_schema_says(
    api: Any, send: Callable[[schemathesis.Case], None], tag: str, mode: GenerationMode
) -> None:
    wrong = []
    for method, path in TAGS[tag]:
        try:
            _cases(api[path][method.upper()].as_strategy(generation_mode=mode), send)
        except Exception as error:
            error.add_note(f"{method.upper()} {path}")
            wrong.append(error)
    if wrong:
        raise ExceptionGroup(f"{len(wrong)} operations of {tag}", wrong)


def _cases(strategy: Any, send: Callable[[schemathesis.Case], None]) -> None:
    """Each is rolled back, so that the next one finds the same site."""

    @settings(
        max_examples=CASES,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        deadline=None,
        derandomize=True,
        database=None,
    )
    @given(case=strategy)
    def each(case: schemathesis.Case) -> None:
        with transaction.atomic():
            send(case)
            transaction.set_rollback(True)

    each()
