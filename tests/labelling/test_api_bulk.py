"""Many pictures in one request: each has an answer of its own; what is refused leaves nothing."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from classifier.detector.decoding import MAX_BYTES
from labelling import importable
from labelling.api import bulk
from labelling.models import Image, Submission, User
from labelling.services.deletion import bin_image, erase_image
from labelling.services.review import record_review
from labelling.services.submit import Submitted, submit_image
from tests.labelling.pictures import SVG, noise, padded_to, truncated_jpeg
from tests.labelling.programs import PROBLEM, part, with_token
from tests.labelling.traces import assert_nothing_was_left, stored_files

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("uploads_folder")]

BULK = "/api/v1/images/bulk/"


def form(parts: list[tuple[str, str, bytes]], end: bytes = b"--b--\r\n") -> bytes:
    """A multipart body of (field, file name, bytes); without a name it is an ordinary field."""
    body = b""
    for field, name, data in parts:
        file = f'; filename="{name}"' if name else ""
        head = f'--b\r\nContent-Disposition: form-data; name="{field}"{file}\r\n'
        kind = "Content-Type: image/jpeg\r\n" if name else ""
        body += (head + kind + "\r\n").encode() + data + b"\r\n"
    return body + end


def send(client: Client, body: bytes, **about: Any) -> Any:
    return client.generic(
        "POST", BULK, body, content_type="multipart/form-data; boundary=b", **about
    )


def test_each_picture_is_taken_or_refused_by_itself(outsider: User, uploads_folder: Path) -> None:
    files = [
        part(noise(1), "one.jpg"),
        part(SVG, "two.svg", "image/svg+xml"),
        part(noise(2), "three.jpg"),
        part(truncated_jpeg(), "four.jpg"),
        part(b"", "five.jpg"),
        part(padded_to(MAX_BYTES + 1), "six.png"),
        part(noise(1), "again.jpg"),
    ]
    answer = with_token(outsider).post(BULK, {"files": files})

    body = answer.json()
    assert (answer.status_code, body["taken"], body["refused"]) == (200, 3, 4)
    assert [(row["index"], row["name"], row["code"]) for row in body["results"]] == [
        (0, "one.jpg", None),
        (1, "two.svg", "unsupported_type"),
        (2, "three.jpg", None),
        (3, "four.jpg", "corrupt_picture"),
        (4, "five.jpg", "empty_file"),
        (5, "six.png", "too_large"),
        (6, "again.jpg", None),
    ]
    first, *_, again = body["results"]
    assert (first["status"], body["results"][1]["status"]) == ("taken", "refused")
    assert first["image"] == again["image"]
    alone = with_token(outsider).get(first["image"]["url"]).json()
    assert first["image"] == alone
    assert body["results"][1]["detail"].endswith(".")
    assert Image.objects.count() == len(stored_files()) == 2
    assert set(Submission.objects.values_list("submitter", "channel", "filename")) == {
        (outsider.pk, "api", "one.jpg"),
        (outsider.pk, "api", "three.jpg"),
        (outsider.pk, "api", "again.jpg"),
    }
    assert list(uploads_folder.iterdir()) == []


@pytest.mark.parametrize("goes", [erase_image, bin_image])
def test_one_that_is_deleted_meanwhile_is_refused_and_spoils_no_other(
    outsider: User, monkeypatch, goes: Callable[..., object]
) -> None:
    def submit(**about: Any) -> Submitted:
        done = submit_image(**about)
        if about["filename"] == "one.jpg":
            goes(image_id=done.image.pk, by=outsider)
        return done

    monkeypatch.setattr(bulk, "submit_image", submit)
    files = [part(noise(1), "one.jpg"), part(noise(2), "two.jpg")]
    answer = with_token(outsider).post(BULK, {"files": files})

    body = answer.json()
    assert (answer.status_code, body["taken"], body["refused"]) == (200, 1, 1)
    first, second = body["results"]
    assert (first["status"], first["code"], first["image"]) == ("refused", "not_found", None)
    assert (second["status"], second["code"]) == ("taken", None)
    assert second["image"] == with_token(outsider).get(second["image"]["url"]).json()


def test_a_hundred_are_taken_and_one_more_is_too_many(outsider: User, uploads_folder: Path) -> None:
    client = with_token(outsider)
    tiny = noise(0, size=(8, 8))
    parts = [("files", f"{number}.jpg", tiny) for number in range(100)]

    assert send(client, form(parts)).json()["taken"] == 100
    Image.objects.all().delete()
    refused = send(client, form([*parts, ("files", "one more.jpg", tiny)]))

    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_request")
    assert Submission.objects.count() == 0
    assert list(uploads_folder.iterdir()) == []


def test_other_addresses_take_ten_files_at_most(outsider: User) -> None:
    files = [part(noise(number, size=(8, 8))) for number in range(11)]
    answer = with_token(outsider).post("/api/v1/images/", {"file": files})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert "at most 10 files" in answer.json()["detail"]
    assert_nothing_was_left()


NO_BASE64 = (
    b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.jpg"\r\n'
    b"Content-Transfer-Encoding: base64\r\n\r\nabcde\r\n--b--\r\n"
)
NO_NAME = form([("files", "a.jpg", noise(1)), ("files", "NONE", noise(2))]).replace(b"NONE", b"")
BROKEN_OFF = form([("files", "a.jpg", noise(1)), ("files", "b.jpg", noise(2))], end=b"")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 422, "missing_file"),
        (b"--b", 400, "invalid_request"),
        (form([]), 422, "missing_file"),
        (form([("file", "a.jpg", noise())]), 400, "invalid_request"),
        (form([("files", "a.jpg", noise()), ("file", "b.jpg", noise(1))]), 400, "invalid_request"),
        (form([("files", "a.jpg", noise()), ("channel", "", b"page")]), 400, "invalid_request"),
        (form([("files", "", b"words")]), 422, "missing_file"),
        (form([("files", "a.jpg", noise()), ("files", "", b"words")]), 400, "invalid_request"),
        (NO_NAME, 400, "invalid_request"),
        (form([("files", "a.jpg", noise())] * 101), 400, "invalid_request"),
        (form([(f"f{number}", "", b"x") for number in range(1200)]), 400, "invalid_request"),
        (NO_BASE64, 400, "invalid_request"),
        (BROKEN_OFF[:-400], 400, "invalid_request"),
        (BROKEN_OFF, 400, "invalid_request"),
    ],
)
def test_a_form_that_is_off_is_refused_as_a_whole(
    outsider: User, uploads_folder: Path, body: bytes, status: int, code: str
) -> None:
    answer = send(with_token(outsider), body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["Content-Type"] == PROBLEM
    assert_nothing_was_left()
    assert list(uploads_folder.iterdir()) == []


@pytest.mark.parametrize("length", ["0", "-5", "many", "1" * 30])
def test_a_wrong_length_takes_nothing(outsider: User, length: str) -> None:
    answer = send(with_token(outsider), form([("files", "a.jpg", noise())]), CONTENT_LENGTH=length)
    assert 400 <= answer.status_code < 500
    assert answer.json()["code"] in {"invalid_request", "missing_file", "too_large"}
    assert_nothing_was_left()


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("/srv/aivh/settings.py", "settings.py"),
        ("Ünï 猫 🐈.jpg", "Ünï 猫 🐈.jpg"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("x" * 400 + ".jpg", "x" * 251 + ".jpg"),
        ("&lt;script&gt;.jpg", "<script>.jpg"),
    ],
)
def test_no_name_of_a_file_leads_anywhere(outsider: User, sent: str, kept: str) -> None:
    answer = send(with_token(outsider), form([("files", sent, noise())]))

    assert answer.json()["taken"] == 1
    assert Submission.objects.get().filename == kept
    assert stored_files() == [Image.objects.get().original]


def test_an_odd_name_is_in_its_place_too(outsider: User) -> None:
    parts = [("files", "a.jpg", noise(1)), ("files", "..", noise(2)), ("files", "c.jpg", noise(3))]
    body = send(with_token(outsider), form(parts)).json()

    results = [(row["index"], row["name"], row["status"]) for row in body["results"]]
    assert results == [(0, "a.jpg", "taken"), (1, "", "taken"), (2, "c.jpg", "taken")]
    assert (body["taken"], body["refused"], Image.objects.count()) == (3, 0, 3)


def test_the_same_request_again_takes_nothing_twice(outsider: User) -> None:
    client = with_token(outsider)
    body = form([("files", "a.jpg", noise(1)), ("files", "b.svg", SVG)])

    first = send(client, body, headers={"Idempotency-Key": "one"})
    again = send(client, body, headers={"Idempotency-Key": "one"})
    other = send(client, form([("files", "a.jpg", noise(2))]), headers={"Idempotency-Key": "one"})

    assert first.json() == again.json()
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    assert Submission.objects.count() == 1


def test_only_who_may_upload_is_heard(outsider: User) -> None:
    body = form([("files", "a.jpg", noise())])
    outsider.groups.clear()

    refused = {
        "stranger": send(Client(), body),
        "reader": send(with_token(outsider, "read"), body),
        "without a role": send(with_token(outsider), body),
    }
    assert {who: (one.status_code, one.json()["code"]) for who, one in refused.items()} == {
        "stranger": (401, "not_authenticated"),
        "reader": (403, "missing_scope"),
        "without a role": (403, "not_allowed"),
    }
    assert_nothing_was_left()


def test_a_reviewer_learns_nothing_of_what_was_here_before(
    reviewer: User, second_reviewer: User, django_assert_max_num_queries
) -> None:
    send(with_token(second_reviewer), form([("files", "a.jpg", noise())]))
    record_review(image_id=Image.objects.get().pk, reviewer=second_reviewer, answer="ai")

    image = send(with_token(reviewer), form([("files", "a.jpg", noise())])).json()["results"][0]
    assert image["image"]["label"] is None


# --- addresses of buckets ----------------------------------------------------------------------
class Bucket:
    """What a bucket's library does, as far as it is used."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files

    def get_blob(self, name: str, **_: object) -> Any:
        data = self.files.get(name)
        if data is None:
            return None
        if data == b"hang":
            raise TimeoutError("read timed out")
        return SimpleNamespace(size=len(data), download_as_bytes=lambda **_: data)


@pytest.fixture
def bucket(settings, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A bucket of which one folder may be imported; gives the buckets that were opened."""
    opened: list[str] = []
    files = {
        "in/one.jpg": noise(1),
        "in/odd #1?.png": noise(2, kind="PNG"),
        "in/words.jpg": b"words",
        "in/huge.png": bytes(MAX_BYTES + 1),
        "in/hanging.jpg": b"hang",
        "secret/three.jpg": noise(3),
    }

    def opening(name: str) -> Bucket:
        opened.append(name)
        return Bucket(files)

    monkeypatch.setattr(importable, "_bucket", opening)
    settings.IMPORT_PREFIXES = ["gs://lab/in/"]
    return opened


def ask(client: Client, body: object) -> Any:
    return client.post(BULK, body, content_type="application/json")


def test_addresses_are_fetched_each_by_itself(administrator: User, bucket: list[str]) -> None:
    addresses = [
        "gs://lab/in/one.jpg",
        "gs://lab/in/odd #1?.png",
        "gs://lab/in/missing.jpg",
        "gs://lab/in/words.jpg",
        "gs://lab/in/huge.png",
        "gs://lab/in/hanging.jpg",
    ]
    answer = ask(with_token(administrator), {"addresses": addresses})

    assert answer.status_code == 200
    assert [(row["name"], row["code"]) for row in answer.json()["results"]] == [
        (addresses[0], None),
        (addresses[1], None),
        (addresses[2], "not_found"),
        (addresses[3], "unsupported_type"),
        (addresses[4], "too_large"),
        (addresses[5], "storage_unavailable"),
    ]
    assert set(Submission.objects.values_list("filename", "channel")) == {
        ("one.jpg", "import"),
        ("odd #1?.png", "import"),
    }


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("gs://lab/secret/three.jpg", "not_allowed"),
        ("gs://lab/in-secret/three.jpg", "not_allowed"),
        ("gs://lab/in/../secret/three.jpg", "invalid_request"),
        ("gs://other/in/one.jpg", "not_allowed"),
        ("http://169.254.169.254/latest/", "invalid_request"),
        ("file:///etc/passwd", "invalid_request"),
        ("/etc/passwd", "invalid_request"),
        ("gs://lab", "invalid_request"),
        ("gs:///in/one.jpg", "invalid_request"),
        ("GS://lab/in/one.jpg", "invalid_request"),
    ],
)
def test_what_no_setting_opens_is_not_asked_for(
    administrator: User, bucket: list[str], address: str, code: str
) -> None:
    answer = ask(with_token(administrator), {"addresses": [address]})

    assert [row["code"] for row in answer.json()["results"]] == [code]
    assert bucket == []
    assert_nothing_was_left()


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        "words",
        None,
        {"addresses": []},
        {"addresses": "gs://lab/in/one.jpg"},
        {"addresses": {"0": "gs://lab/in/one.jpg"}},
        {"addresses": [None]},
        {"addresses": [["gs://lab/in/one.jpg"]]},
        {"addresses": [1e300]},
        {"addresses": ["gs://lab/in/one.jpg"], "submitter": 1},
        {"addresses": ["gs://lab/in/one.jpg"] * 101},
        {"addresses": ["gs://lab/in/" + "x" * 2000]},
        {"addresses": ["gs://lab/in/a\0b"]},
    ],
)
def test_a_list_that_is_off_is_refused_as_a_whole(
    administrator: User, bucket: list[str], body: object
) -> None:
    answer = ask(with_token(administrator), body)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert bucket == []
    assert_nothing_was_left()


@pytest.mark.parametrize("body", ["{", "[" * 100_000, '{"addresses": NaN}', "\xff"])
def test_what_is_no_json_is_400(administrator: User, body: str) -> None:
    data = body.encode("latin-1")
    answer = with_token(administrator).generic("POST", BULK, data, "application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


def test_another_kind_of_body_is_415(administrator: User) -> None:
    answer = with_token(administrator).generic("POST", BULK, b"x", "application/x-ndjson")
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


def test_buckets_are_for_administrators(
    outsider: User, reviewer: User, adjudicator: User, bucket: list[str]
) -> None:
    for person in (outsider, reviewer, adjudicator):
        answer = ask(with_token(person), {"addresses": ["gs://lab/in/one.jpg"]})
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert bucket == []
    assert_nothing_was_left()
