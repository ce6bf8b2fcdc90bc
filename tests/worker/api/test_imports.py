"""The imports' API: a folder, a part of a bucket, a zip; by administrators, once each."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from aivh import uploads
from labelling.models import Image, User
from tests.labelling.programs import with_token
from tests.worker.jobs.conftest import run, sent  # noqa: F401  # it is a fixture
from tests.worker.jobs.test_importing import FILES, incoming, zipped  # noqa: F401
from worker.models import Job

IMPORTS = "/api/v1/imports/"

pytestmark = pytest.mark.usefixtures("sent")


def say(client: Client, body: Any) -> Any:
    return client.post(IMPORTS, body, content_type="application/json")


def a_zip(name: str = "pictures.zip") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, zipped(FILES).read(), "application/zip")


def test_a_folder_is_imported(incoming: Path, administrator: User) -> None:  # noqa: F811
    body = {"source": "folder", "place": str(incoming), "labelled": True}
    answer = say(with_token(administrator, "administer"), body)
    job = Job.objects.get()
    assert answer.status_code == 202
    assert answer.headers["Location"] == f"http://testserver/api/v1/jobs/{job.pk}/"
    assert (answer.json()["id"], answer.json()["kind"]) == (job.pk, "import")
    assert job.options == {"source": "folder", "place": str(incoming), "labelled": True}
    assert run(job).outcome == "2 imported with their labels, 3 refused, for the reasons below."
    listed = with_token(administrator).get(IMPORTS).json()["results"]
    assert [one["id"] for one in listed] == [job.pk]


def test_a_zip_is_imported_once_however_often_it_is_sent(administrator: User) -> None:
    client = with_token(administrator)
    client.defaults["HTTP_IDEMPOTENCY_KEY"] = "one"
    first = client.post(IMPORTS, {"file": a_zip()})
    again = client.post(IMPORTS, {"file": a_zip()})
    other = client.post(IMPORTS, {"file": a_zip("other.zip")})

    job = Job.objects.get()
    assert (first.status_code, again.json()) == (202, first.json())
    assert other.json()["code"] == "idempotency_key_reused"
    assert (job.title, job.options["labelled"]) == ("Import of pictures.zip", False)
    assert run(job).outcome == "3 imported, 2 refused, for the reasons below."
    assert Image.objects.count() == 3


def test_a_part_of_a_bucket_is_imported(administrator: User, settings: Any) -> None:
    settings.IMPORT_PREFIXES = ["gs://pictures/incoming"]
    body = {"source": "bucket", "place": "gs://pictures/incoming/today"}
    assert say(with_token(administrator), body).status_code == 202
    assert Job.objects.get().options["place"] == "gs://pictures/incoming/today"


def test_what_is_open_is_told(incoming: Path, administrator: User, settings: Any) -> None:  # noqa: F811
    settings.IMPORT_PREFIXES = ["gs://pictures/incoming"]
    assert with_token(administrator).get(f"{IMPORTS}sources/").json() == {
        "folders": [str(incoming)],
        "prefixes": ["gs://pictures/incoming"],
        "zip_bytes": settings.IMPORT_ZIP_BYTES,
    }


def test_a_zip_may_be_larger_than_a_picture_and_no_larger_than_a_zip(
    administrator: User, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 500
    monkeypatch.setattr(uploads, "MAX_BYTES", 100)
    client = with_token(administrator)
    assert client.post("/api/v1/images/", {"file": a_zip()}).json()["code"] == "too_large"
    assert client.post(IMPORTS, {"file": a_zip()}).status_code == 202

    settings.DATA_UPLOAD_MAX_MEMORY_SIZE, settings.IMPORT_ZIP_BYTES = 100_000, 1000
    answer = client.post(IMPORTS, {"file": a_zip()})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert Job.objects.count() == 1


@pytest.mark.parametrize(
    ("who", "scopes", "code"),
    [
        ("reviewer", (), "not_allowed"),
        ("outsider", (), "not_allowed"),
        ("administrator", ("upload", "read"), "missing_scope"),
    ],
)
def test_nobody_else_imports(
    incoming: Path,  # noqa: F811
    request: pytest.FixtureRequest,
    who: str,
    scopes: tuple[str, ...],
    code: str,
) -> None:
    client = with_token(request.getfixturevalue(who), *scopes)
    for answer in (
        say(client, {"source": "folder", "place": str(incoming)}),
        client.post(IMPORTS, {"file": a_zip()}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, code)
    assert not Job.objects.exists()


@pytest.mark.parametrize("who", ["reviewer", "outsider"])
def test_nobody_else_is_told_what_is_open(request: pytest.FixtureRequest, who: str) -> None:
    client = with_token(request.getfixturevalue(who))
    for address in (IMPORTS, f"{IMPORTS}sources/"):
        assert client.get(address).json()["code"] == "not_allowed"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"source": "web", "place": "https://example.org/"},
        {"source": "folder", "place": ""},
        {"source": "folder", "place": "a" * 501},
        {"source": "folder", "place": "\x00"},
        {"source": "bucket", "place": "https://example.org/"},
        {"source": "folder", "place": "/srv", "recursive": True},
        {"source": "folder", "place": "/srv", "labelled": "perhaps"},
        ["folder"],
    ],
)
def test_what_makes_no_sense_imports_nothing(administrator: User, body: Any) -> None:
    answer = say(with_token(administrator), body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert not Job.objects.exists()


@pytest.mark.parametrize("place", ["/etc", "../..", "gs://elsewhere/"])
def test_what_no_setting_opens_is_refused(
    incoming: Path,  # noqa: F811
    administrator: User,
    place: str,
) -> None:
    source = "bucket" if place.startswith("gs://") else "folder"
    answer = say(with_token(administrator), {"source": source, "place": place})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("form", "status", "code"),
    [
        ({"labelled": "true"}, 422, "missing_file"),
        ({"zip": a_zip()}, 422, "missing_file"),
        ({"file": a_zip(), "place": "/srv"}, 400, "invalid_request"),
        ({"file": [a_zip(), a_zip()]}, 400, "invalid_request"),
        ({"file": a_zip(), "second": a_zip()}, 400, "invalid_request"),
        ({"file": a_zip(), "labelled": ["true", "false"]}, 400, "invalid_request"),
        ({"file": SimpleUploadedFile("a.zip", b"no zip")}, 400, "invalid_request"),
    ],
)
def test_a_form_without_a_zip_imports_nothing(
    administrator: User, form: Any, status: int, code: str
) -> None:
    answer = with_token(administrator).post(IMPORTS, form)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not Job.objects.exists()
