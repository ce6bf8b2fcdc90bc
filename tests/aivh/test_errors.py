"""How errors leave the site: one envelope for programs, a page for people, a table in the docs."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import pytest
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.test import Client, RequestFactory

from aivh import errors, uploads
from aivh.problems import PROBLEMS
from aivh.wsgi import application
from classifier.detector.decoding import MAX_BYTES
from labelling.models import Image, User
from labelling.services import submit
from tests.labelling.pictures import noise
from tests.labelling.programs import IMAGES, part, with_token
from tests.labelling.traces import assert_nothing_was_left
from tests.requirements import ROOT

pytestmark = pytest.mark.django_db
MULTIPART = "multipart/form-data; boundary=b"
ROW = re.compile(r"^\| `(\w+)` \| (\d{3}) \| (.+) \|$", re.MULTILINE)


def test_the_documented_codes_are_those_that_leave_the_site() -> None:
    documented = ROW.findall((ROOT / "docs" / "api.md").read_text())

    assert documented == [
        (code, str(known.status.value), known.meaning) for code, known in PROBLEMS.items()
    ]


@pytest.mark.parametrize(
    "address",
    ["/api", "/api/", "/api/v1/", "/api/v2/images/", f"{IMAGES}x/", "/API/v1/me/"],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_under_api_nothing_is_json_too(address: str, method: str) -> None:
    answer = getattr(Client(), method)(address)

    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json() == {
        "type": "/docs/errors#not_found",
        "title": "Not found",
        "status": 404,
        "detail": "There is nothing at this address.",
        "code": "not_found",
        "request_id": answer.headers["X-Request-ID"],
    }


def test_a_slash_too_many_is_a_program_s_mistake_too() -> None:
    answer = Client().get("/", PATH_INFO="//api/v1/me/")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_forgotten_slash_is_forgiven_or_named(outsider: User) -> None:
    client = with_token(outsider)

    led = client.get("/api/v1/images?limit=3")
    assert (led.status_code, led.headers["Location"]) == (302, "/api/v1/images/?limit=3")
    named = client.post("/api/v1/images", {"file": part(noise())})
    assert named.status_code == 404
    assert "/api/v1/images/" in named.json()["detail"]


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_another_method_is_405(outsider: User, method: str) -> None:
    answer = getattr(with_token(outsider), method)(IMAGES)

    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer.headers["Allow"]


@pytest.mark.parametrize(
    "header", [{"If-Match": '"x"'}, {"If-Unmodified-Since": "Wed, 01 Jan 2020 00:00:00 GMT"}]
)
def test_a_condition_that_does_not_hold_is_412(outsider: User, header: dict[str, str]) -> None:
    answer = with_token(outsider).get("/api/v1/me/", headers=header)

    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"]) == (412, "precondition_failed")


def test_a_client_that_hopes_for_another_form_gets_json(outsider: User) -> None:
    answer = with_token(outsider).get(IMAGES, headers={"Accept": "application/xml"})

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")


@pytest.mark.parametrize("accept", ["application/json", "application/problem+json, a/b"])
@pytest.mark.parametrize(
    ("method", "address", "status"), [("get", "/nothing/here", 404), ("delete", "/images/", 405)]
)
def test_whoever_asks_for_json_gets_it_beside_the_api_too(
    outsider: User, accept: str, method: str, address: str, status: int
) -> None:
    client = Client()
    client.force_login(outsider)
    answer = getattr(client, method)(address, HTTP_ACCEPT=accept)

    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "Accept" in answer.headers["Vary"]


@pytest.mark.parametrize("accept", ["*/*", "text/html,application/json;q=0.9", "", "a b/;;q=x"])
def test_whoever_takes_a_page_gets_one(accept: str) -> None:
    answer = Client().get("/nothing/here", HTTP_ACCEPT=accept)

    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "Accept" in answer.headers["Vary"]


def test_people_get_a_page() -> None:
    answer = Client().get("/nowhere/")

    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "There is nothing at this address." in answer.content.decode()


def test_a_surprise_is_500_in_json_and_tells_nothing_of_the_inside(
    outsider: User, monkeypatch
) -> None:
    def surprise(_: bytes) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(submit, "inspect", surprise)
    client = with_token(outsider)
    client.raise_request_exception = False

    answer = client.post(IMAGES, {"file": part(noise())})

    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "secret" not in answer.content.decode()


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (RequestDataTooBig("long"), 413, "too_large"),
        (SuspiciousOperation("odd"), 400, "invalid_request"),
    ],
)
def test_what_django_would_call_400_has_its_own_status(
    error: Exception, status: int, code: str
) -> None:
    answer = errors.bad_request(RequestFactory().post("/api/v1/images/"), error)

    assert answer.status_code == status
    assert f'"code": "{code}"'.encode() in answer.content


class Endless(BytesIO):
    """A body that announces little and never ends; remembers how much of it was taken."""

    taken = 0

    def __init__(self, head: bytes) -> None:
        super().__init__(head)

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size) or bytes(size if size and size > 0 else 2**16)
        self.taken += len(data)
        return data


def stream(client: Client, address: str, content_type: str, length: int, body: BytesIO) -> Any:
    """Post a body of which the server sees only the stream and the length announced."""
    about: dict[str, Any] = {
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(length),
        "wsgi.input": body,
    }
    return client.generic("POST", address, **about)


@contextmanager
def announced_length_is_trusted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(uploads, "_announced_length", lambda request: 0)
    yield


@pytest.mark.parametrize("signed_in_by", ["token", "session"])
def test_a_file_is_refused_while_it_arrives(outsider: User, monkeypatch, signed_in_by: str) -> None:
    """Whatever length was announced, no more than the largest picture is ever held."""
    head = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n'
        b"Content-Type: image/jpeg\r\n\r\n\xff\xd8\xff"
    )
    body = Endless(head)
    client = with_token(outsider)
    if signed_in_by == "session":
        client = Client(enforce_csrf_checks=True, headers={"X-CSRFToken": "a" * 32})
        client.force_login(outsider)
        client.cookies["csrftoken"] = "a" * 32

    with announced_length_is_trusted(monkeypatch):
        answer = stream(client, IMAGES, MULTIPART, 10**12, body)

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert body.taken < MAX_BYTES + 2**20
    assert_nothing_was_left()


@pytest.mark.parametrize(
    ("address", "content_type", "length"),
    [
        (IMAGES, MULTIPART, MAX_BYTES + 2**20 + 1),
        ("/predict", MULTIPART, 10**12),
        (IMAGES, "application/json", 2**20 + 1),
        ("/api/v1/token/", "application/json", 2**20 + 1),
        ("/api/v1/token/", "application/x-www-form-urlencoded", 2**20 + 1),
        ("/accounts/login/", "application/x-www-form-urlencoded", 2**20 + 1),
    ],
)
def test_a_body_that_announces_too_much_is_refused_unread(
    address: str, content_type: str, length: int
) -> None:
    body = Endless(b"")

    answer = stream(Client(), address, content_type, length, body)

    assert answer.status_code == 413
    assert body.taken == 0
    assert b"too_large" in answer.content


def test_a_body_of_unknown_length_is_411(outsider: User) -> None:
    answer = with_token(outsider).post(IMAGES, headers={"Transfer-Encoding": "chunked"})

    assert (answer.status_code, answer.json()["code"]) == (411, "length_required")


def test_a_connection_that_breaks_off_leaves_nothing(outsider: User) -> None:
    class Broken(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError("connection reset")

    answer = stream(with_token(outsider), IMAGES, MULTIPART, 1000, Broken())

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert Image.objects.count() == 0


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 422, "missing_file"),
        (b"--b--", 422, "missing_file"),
        (b"--b", 400, "invalid_request"),
        (b"no boundary at all", 400, "invalid_request"),
        (b"--b\r\nContent-Disposition: form-data\r\n\r\n", 400, "invalid_request"),
    ],
)
def test_a_broken_form_is_a_4xx(outsider: User, body: bytes, status: int, code: str) -> None:
    answer = with_token(outsider).generic("POST", IMAGES, body, content_type=MULTIPART)
    assert (answer.status_code, answer.json()["code"]) == (status, code)

    without_boundary = with_token(outsider).generic(
        "POST", IMAGES, body, content_type="multipart/form-data"
    )
    assert without_boundary.status_code in (400, 415, 422)
    assert "code" in without_boundary.json()


def test_too_many_fields_are_400(outsider: User) -> None:
    form: dict[str, object] = {f"field{number}": "x" for number in range(1200)}
    answer = with_token(outsider).post(IMAGES, form)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


@pytest.mark.parametrize("host", ["evil.example", "", "["])
@pytest.mark.parametrize("address", ["/", "/images/", "/api/v1/images/"])
def test_a_name_that_is_not_ours_is_a_bad_request(host: str, address: str) -> None:
    answer = Client(raise_request_exception=False).get(address, headers={"host": host})

    assert answer.status_code == 400
    assert "could not be read" in answer.content.decode()


@pytest.mark.parametrize("address", ["/predict", "/api/v1/token/", "/accounts/login/"])
@pytest.mark.parametrize("charset", ["idna", "rot13", "undefined", "no-such"])
def test_no_name_of_a_charset_breaks_anything(address: str, charset: str) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="username"\r\n\r\nolli\r\n--b--\r\n'
    answer = Client(raise_request_exception=False).generic(
        "POST", address, body, content_type=f"{MULTIPART}; charset={charset}"
    )

    # The field is read, and something else is missing.
    assert answer.status_code in (200, 400, 422)


def test_a_content_type_that_nobody_can_read_is_none() -> None:
    about = RequestFactory().post("/api/v1/token/", b"{}", "a/b").environ
    about["CONTENT_TYPE"] = "a/b; x*1=a; x*=b"
    told: list[str] = []
    body = b"".join(application(about, lambda status, headers: told.append(status)))

    assert told == ["415 Unsupported Media Type"]
    assert json.loads(body)["code"] == "unsupported_media_type"


def test_json_may_be_nested_only_so_deep() -> None:
    answer = Client(raise_request_exception=False).post(
        "/api/v1/token/", "[" * 200_000, content_type="application/json"
    )

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
