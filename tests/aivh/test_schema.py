"""The API's schema: whole, kept as promised, and served with a page that needs nobody else."""

import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import get_resolver

from aivh.management.commands import promise_schema
from aivh.management.commands.promise_schema import current_schema, promised_schema
from aivh.problems import PROBLEMS
from aivh.promise import breaks, operations
from labelling.api.base import ApiView
from labelling.models import Scope

SMALL: dict[str, Any] = {
    "paths": {
        "/things/": {
            "post": {
                "parameters": [{"in": "query", "name": "wait", "schema": {"type": "number"}}],
                "requestBody": {"content": {"application/json": {"schema": {
                    "type": "object", "properties": {"name": {}, "note": {}}, "required": ["name"],
                }}}},
                "responses": {"201": {"content": {"application/json": {"schema": {
                    "$ref": "#/components/schemas/Thing"
                }}}}},
            }
        }
    },
    "components": {"schemas": {"Thing": {
        "type": "object",
        "properties": {
            "id": {"type": "integer"},
            "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}},
        },
    }}},
}  # fmt: skip


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return current_schema()


def test_nothing_in_it_was_guessed(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", "/dev/null")

    assert "Warning" not in capsys.readouterr().err


def test_it_is_openapi_3_1(schema: dict[str, Any]) -> None:
    assert schema["openapi"] == "3.1.0"


def test_each_operation_says_what_it_is_and_how_it_refuses(schema: dict[str, Any]) -> None:
    for path, method, operation in operations(schema):
        name = f"{method} {path}"
        assert operation.get("description"), name
        refused = operation["responses"]["default"]["content"]
        assert list(refused) == ["application/problem+json"], name


def test_it_is_what_was_promised(schema: dict[str, Any]) -> None:
    """After a change on purpose: ``manage.py promise_schema`` writes it down."""
    assert breaks(promised_schema(), schema) == []
    assert promised_schema() == schema


def test_it_is_the_same_whatever_the_site_is_set_to(
    schema: dict[str, Any], settings: LazySettings
) -> None:
    """Whoever writes the promise down need not have a site that is set up as ours."""
    settings.OPEN_PREDICT = not settings.OPEN_PREDICT
    settings.ONLY_THIS_MACHINE = not settings.ONLY_THIS_MACHINE
    settings.SITE_URL, settings.OIDC_NAME = "https://aivh.example", "Ours"
    settings.IMPORT_ZIP_BYTES, settings.API_RATES = 5, dict.fromkeys(Scope.values, 1)
    assert current_schema() == schema


def test_every_address_of_the_api_says_what_a_token_needs() -> None:
    """A method without a scope is closed to tokens; none was forgotten."""
    forgotten = []
    for route, view in _views():
        if not isinstance(view.scopes, Mapping):
            continue  # it depends on the thing that is asked for
        methods = {m.upper() for m in view.http_method_names if hasattr(view, m)} - {"OPTIONS"}
        forgotten += [f"{m} {route}" for m in methods - {"HEAD"} if m not in view.scopes]
        assert set(view.scopes.values()) <= set(Scope), route
    assert forgotten == []


def _views() -> list[tuple[str, type[ApiView]]]:
    found = []
    for pattern in get_resolver().url_patterns:
        for inner in getattr(pattern, "url_patterns", [pattern]):
            view = getattr(inner.callback, "cls", None)
            if view and issubclass(view, ApiView) and inner.name != "api-missing":
                found.append((str(inner.pattern), view))
    assert len(found) > 5
    return found


def _without(path: str) -> dict[str, Any]:
    """The small schema without what stands at the end of ``path``."""
    changed = deepcopy(SMALL)
    *way, last = path.split(" ")
    inner: Any = changed
    for key in way:
        inner = inner[key]
    del inner[last]
    return changed


BODY = "paths /things/ post requestBody content application/json schema properties"


@pytest.mark.parametrize(
    ("gone", "sentence"),
    [
        ("paths /things/ post", "POST /things/ is gone."),
        ("paths /things/ post parameters", "no longer takes the query parameter wait."),
        ("paths /things/ post requestBody", "POST /things/ no longer takes application/json."),
        (f"{BODY} note", "POST /things/ no longer takes the field note."),
        ("paths /things/ post responses 201", "POST /things/ no longer answers 201."),
        ("components schemas Thing properties id", "POST /things/ 201 has no id any more."),
        ("components schemas Thing type", "POST /things/ 201 is None and no longer object."),
    ],
)
def test_what_programs_would_miss_is_a_break(gone: str, sentence: str) -> None:
    assert any(found.endswith(sentence) for found in breaks(SMALL, _without(gone)))


def test_what_programs_would_have_to_add_is_a_break() -> None:
    changed = deepcopy(SMALL)
    post = changed["paths"]["/things/"]["post"]
    post["parameters"][0]["required"] = True
    post["requestBody"]["content"]["application/json"]["schema"]["required"].append("note")

    assert breaks(SMALL, changed) == [
        "POST /things/ now needs the field note.",
        "POST /things/ now needs the query parameter wait.",
    ]


def test_what_only_comes_on_top_is_none() -> None:
    changed = deepcopy(SMALL)
    changed["paths"]["/others/"] = SMALL["paths"]["/things/"]
    changed["components"]["schemas"]["Thing"]["properties"]["new"] = {"type": "string"}

    assert breaks(SMALL, changed) == []
    assert breaks(SMALL, SMALL) == []


def test_a_promise_is_broken_only_on_purpose(tmp_path, monkeypatch) -> None:
    promised = tmp_path / "openapi.yml"
    monkeypatch.setattr(promise_schema, "PROMISED", promised)
    promised.write_text("paths: {/gone/: {get: {responses: {}}}}")

    with pytest.raises(CommandError, match="GET /gone/ is gone"):
        call_command("promise_schema")
    assert "/gone/" in promised.read_text()
    call_command("promise_schema", "--break")
    assert promised_schema() == current_schema()


@pytest.mark.django_db
class TestPages:
    def test_the_schema_is_served_to_anyone(self) -> None:
        answer = Client().get("/api/schema/", {"format": "json"})

        assert answer.status_code == 200
        assert answer.json()["openapi"] == "3.1.0"

    def test_a_browser_gets_it_too(self) -> None:
        answer = Client().get("/api/schema/", headers={"Accept": "text/html"})

        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("application/vnd.oai.openapi")

    @pytest.mark.parametrize(
        ("method", "query", "status"), [("post", "", 405), ("get", "?format=nonsense", 404)]
    )
    def test_it_is_refused_as_all_else_is(self, method: str, query: str, status: int) -> None:
        answer = getattr(Client(), method)(f"/api/schema/{query}")

        assert answer.headers["Content-Type"] == "application/problem+json"
        assert (answer.status_code, answer.json()["status"]) == (status, status)

    def test_the_page_loads_nothing_from_elsewhere(self) -> None:
        page = Client().get("/docs").content.decode()
        script = Client().get("/docs?script=").content.decode()

        assert re.findall(r'(?:src|href)="(https?:)?//', page) == []
        assert "<style" not in page
        assert "/api/schema/" in script

    def test_each_code_has_its_place(self) -> None:
        page = Client().get("/docs/errors").content.decode()

        assert re.findall(r'<tr id="(\w+)">', page) == list(PROBLEMS)
        assert "<code>Idempotency-Key</code>" in page
        assert "`" not in page
