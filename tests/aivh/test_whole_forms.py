"""A form is read to its end and with all of its parts, or refused as a whole."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from classifier.models import ModelVersion
from labelling.models import Image, Submission, User
from tests.labelling.pictures import noise
from tests.labelling.programs import IMAGES, PROBLEM, with_token
from tests.labelling.traces import assert_nothing_was_left
from tests.worker.jobs.test_importing import FILES, zipped
from worker.models import Job

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("uploads_folder")]

BULK = "/api/v1/images/bulk/"
IMPORTS = "/api/v1/imports/"
BOUNDARY = "----Bound=ary:7"
NEXT = f"\r\n--{BOUNDARY}".encode()
END = NEXT + b"--"


def file_part(field: str, data: bytes, file: str = 'filename="a.jpg"') -> bytes:
    about = f'Content-Disposition: form-data; name="{field}"; {file}'.encode()
    return about + b"\r\nContent-Type: image/jpeg\r\n\r\n" + data


def text_part(field: str, words: str) -> bytes:
    return f'Content-Disposition: form-data; name="{field}"\r\n\r\n{words}'.encode()


def form(*parts: bytes, end: bytes = END) -> bytes:
    return b"".join(NEXT + b"\r\n" + part for part in parts)[2:] + end


def send(client: Client, address: str, body: bytes) -> Any:
    kind = f'multipart/form-data; boundary="{BOUNDARY}"'
    return client.generic("POST", address, body, content_type=kind)


TAILS = {
    "nothing": b"",
    "a line's end": b"\r\n",
    "a dash": NEXT[:3],
    "a delimiter": NEXT,
    "half an end": NEXT + b"-",
    "a delimiter's line": NEXT + b"\r\n",
    "half a header": NEXT + b"\r\nContent-Disposition: form-data; na",
    "a header's line": NEXT + b'\r\nContent-Disposition: form-data; name="file"\r\n',
    "a part without bytes": NEXT + b"\r\n" + file_part("file", b""),
    "a part without its end": NEXT + b"\r\n" + file_part("file", b"\xff\xd8\xff"),
    "another part after the end": END + b"\r\n--" + NEXT[4:] + b"\r\n" + text_part("x", "y"),
}


@pytest.mark.parametrize("tail", TAILS)
@pytest.mark.parametrize(("address", "field"), [(IMAGES, "file"), (BULK, "files")])
def test_what_breaks_off_is_refused_as_a_whole(
    outsider: User, uploads_folder: Path, address: str, field: str, tail: str
) -> None:
    body = form(file_part(field, noise()), end=TAILS[tail])
    answer = send(with_token(outsider), address, body)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert answer.headers["Content-Type"] == PROBLEM
    assert_nothing_was_left()
    assert list(uploads_folder.iterdir()) == []


@pytest.mark.parametrize("tail", TAILS)
def test_predict_takes_nothing_that_breaks_off(live_version: ModelVersion, tail: str) -> None:
    answer = send(Client(), "/predict", form(file_part("file", noise()), end=TAILS[tail]))
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert_nothing_was_left()


@pytest.mark.parametrize("tail", TAILS)
def test_a_zip_that_breaks_off_is_not_imported(
    administrator: User, uploads_folder: Path, tail: str
) -> None:
    file = file_part("file", zipped(FILES).read(), 'filename="pictures.zip"')
    answer = send(with_token(administrator), IMPORTS, form(file, end=TAILS[tail]))

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert not Job.objects.exists()
    assert list(uploads_folder.iterdir()) == []


@pytest.mark.parametrize("address", ["/upload/", "/imports/"])
@pytest.mark.parametrize("tail", TAILS)
def test_a_page_takes_nothing_that_breaks_off(
    administrator: User, uploads_folder: Path, address: str, tail: str
) -> None:
    client = Client()
    client.force_login(administrator)
    parts = [text_part("source", "zip"), file_part("files", noise()), file_part("file", b"PK")]
    answer = send(client, address, form(*parts, end=TAILS[tail]))

    assert answer.status_code == 400
    assert "breaks off before its end" in answer.content.decode()
    assert_nothing_was_left()
    assert not Job.objects.exists()
    assert list(uploads_folder.iterdir()) == []


def test_a_browser_with_a_session_is_told_too(outsider: User) -> None:
    client = Client(enforce_csrf_checks=True, headers={"X-CSRFToken": "a" * 32})
    client.force_login(outsider)
    client.cookies["csrftoken"] = "a" * 32

    refused = send(client, IMAGES, form(file_part("file", noise()), end=NEXT))
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_request")
    assert_nothing_was_left()
    assert send(client, IMAGES, form(file_part("file", noise()))).status_code == 202


@pytest.mark.parametrize(
    "epilogue",
    [b"", b"\r\n", b"\n", b" \t\r\n", b"\r\n\r\n  ", b"\r\nbe seen\r\n", b"\r\n" + bytes(1000)],
)
@pytest.mark.parametrize(("address", "field"), [(IMAGES, "file"), (BULK, "files")])
def test_what_follows_the_end_of_a_form_does_no_harm(
    outsider: User, address: str, field: str, epilogue: bytes
) -> None:
    body = form(file_part(field, noise()), end=END + epilogue)
    answer = send(with_token(outsider), address, body)
    assert answer.status_code in {200, 202}
    assert Image.objects.count() == 1


@pytest.mark.parametrize("over", range(-30, 4))
def test_an_end_is_seen_wherever_the_reading_pauses(outsider: User, over: int) -> None:
    """A body is read 65,536 bytes at a time, and delimiters lie across two of these."""
    head = len(form(file_part("files", b""), end=b""))
    long = file_part("files", bytes(2**16 - head + over))
    for parts in [(long,), (long, file_part("files", b"words"))]:
        answer = send(with_token(outsider), BULK, form(*parts))
        assert (answer.status_code, answer.json()["refused"]) == (200, len(parts))


PASSED_OVER = {
    "without a name": b'Content-Disposition: form-data; filename="b.jpg"\r\n\r\n' + noise(2),
    "with an empty name": file_part("", noise(2)),
    "text without a name": b"Content-Disposition: form-data\r\n\r\nwords",
    "without a header": b"\r\nwords",
    "with another header alone": b"Content-Type: image/jpeg\r\n\r\n" + noise(2),
    "whose name is no UTF-8": b'Content-Disposition: form-data; name="\xff"\r\n\r\nwords',
    "whose file's name is in no charset": file_part("file", noise(2), "filename*=nope''b%41"),
    "whose file's name is not in its charset": file_part("file", noise(2), "filename*=idna''%ff"),
    "whose file's name comes in odd pieces": file_part(
        "file", noise(2), "filename*=b; filename*0=c"
    ),
}


@pytest.mark.parametrize("case", PASSED_OVER)
@pytest.mark.parametrize(
    ("address", "field"), [(IMAGES, "file"), (BULK, "files"), ("/predict", "file")]
)
def test_no_part_is_passed_over_without_a_word(
    outsider: User, live_version: ModelVersion, address: str, field: str, case: str
) -> None:
    for parts in [(file_part(field, noise()), PASSED_OVER[case]), (PASSED_OVER[case],)]:
        answer = send(with_token(outsider), address, form(*parts))
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
        assert answer.headers["Content-Type"] == PROBLEM
    assert_nothing_was_left()


def test_a_page_is_told_of_a_part_that_cannot_be_read(outsider: User) -> None:
    client = Client()
    client.force_login(outsider)
    parts = [file_part("files", noise()), PASSED_OVER["without a name"]]
    answer = send(client, "/upload/", form(*parts))

    assert answer.status_code == 400
    assert "a part that cannot be read" in answer.content.decode()
    assert_nothing_was_left()


def test_a_page_may_send_the_field_of_a_file_that_nobody_chose(outsider: User) -> None:
    client = Client()
    client.force_login(outsider)
    answer = send(client, "/upload/", form(file_part("files", b"", 'filename=""')))
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")


def test_a_picture_that_holds_the_delimiter_is_not_cut_short(outsider: User) -> None:
    for within in (NEXT[2:], END[2:]):
        body = form(file_part("file", noise() + within + b"more of it"))
        answer = send(with_token(outsider), IMAGES, body)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert_nothing_was_left()


@pytest.mark.parametrize("name", [".", "..", "/", "\\", "a/", "a/..", "\t", " ", "&#8;", "\u202e"])
def test_a_picture_without_a_name_worth_keeping_is_still_a_picture(
    outsider: User, live_version: ModelVersion, name: str
) -> None:
    file = f'filename="{name}"'
    for address in (IMAGES, "/predict"):
        answer = send(with_token(outsider), address, form(file_part("file", noise(), file)))
        assert answer.status_code in {200, 202}
    kept = Submission.objects.values_list("filename", flat=True)
    assert set(kept) == {name if name == " " else ""}


def test_a_zip_without_a_name_worth_keeping_is_imported(administrator: User) -> None:
    file = file_part("file", zipped(FILES).read(), 'filename=".."')
    answer = send(with_token(administrator), IMPORTS, form(file))
    assert (answer.status_code, Job.objects.get().title) == (202, "Import of a zip")
