"""The API of the running site: real web server, real Valkey, real worker, real detector."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from classifier.detector.decoding import MAX_BYTES
from tests.labelling.pictures import noise, truncated_jpeg
from tests.labelling.programs import IMAGES
from tests.requirements import require_lab_data
from tests.site import Site

pytestmark = pytest.mark.site


@pytest.fixture(scope="module")
def token(site: Site) -> str:
    return site.person("program")


def hand_in(site: Site, token: str, data: bytes, *, wait: int | None = None) -> requests.Response:
    address = IMAGES if wait is None else f"{IMAGES}?wait={wait}"
    return site.api("POST", address, token=token, files={"file": ("a.jpg", data, "image/jpeg")})


def test_with_a_wait_the_worker_s_finding_is_the_answer(site: Site, token: str) -> None:
    answer = hand_in(site, token, noise(101), wait=30)

    body = answer.json()
    assert (answer.status_code, body["state"]) == (200, "classified")
    assert body["finding"]["verdict"] in ("ai", "human", "uncertain")
    assert body["finding"]["model_version"] >= 1
    again = site.api("POST", "/predict", files={"file": ("a.jpg", noise(101), "image/jpeg")}).json()
    assert again["id"] == body["id"]
    assert again["confidence"] == body["finding"]["probability_ai"]


def test_without_a_wait_the_address_leads_to_the_finding(site: Site, token: str) -> None:
    answer = hand_in(site, token, noise(102))
    assert answer.status_code == 202

    path = answer.headers["Location"].removeprefix(site.url)
    found = site.api("GET", f"{path}?wait=30", token=token, timeout=40).json()

    assert found["state"] == "classified"
    assert site.api("GET", f"{path}original/", token=token).content == noise(102)
    thumb = site.api("GET", f"{path}rendition/thumb/", token=token)
    assert thumb.headers["Content-Type"] == "image/webp"


def test_events_tell_of_the_worker_s_finding_as_it_comes(site: Site, token: str) -> None:
    picture = hand_in(site, token, noise(109)).json()
    path = picture["url"].removeprefix(site.url)
    with site.api("GET", f"{path}events/", token=token, stream=True, timeout=40) as stream:
        assert stream.headers["Content-Type"] == "text/event-stream"
        told = [line for line in stream.iter_lines(decode_unicode=True) if line]

    assert told[-2] == "id: classified"
    assert json.loads(told[-1].removeprefix("data: "))["finding"]["model_version"] >= 1
    known = {"Last-Event-ID": "classified"}
    assert site.api("GET", f"{path}events/", token=token, headers=known).status_code == 204


def test_many_are_taken_in_at_once(site: Site, token: str) -> None:
    names = [f"{number}.jpg" for number in range(30)]
    files = [("files", (name, noise(110 + i), "image/jpeg")) for i, name in enumerate(names)]
    answer = site.api("POST", f"{IMAGES}bulk/", token=token, files=files).json()
    assert (answer["taken"], [row["name"] for row in answer["results"]]) == (30, names)


def test_the_same_bytes_from_many_at_once_are_one_picture(site: Site, token: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: hand_in(site, token, noise(103)), range(16)))

    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"", 422, "empty_file"),
        (b"text", 415, "unsupported_type"),
        (truncated_jpeg(), 422, "corrupt_picture"),
        (bytes(MAX_BYTES + 1), 413, "too_large"),
        (bytes(3 * MAX_BYTES), 413, "too_large"),
    ],
)
def test_what_is_refused_is_refused_over_the_wire(
    site: Site, token: str, data: bytes, status: int, code: str
) -> None:
    answer = hand_in(site, token, data)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.lab
def test_pictures_as_the_world_makes_them_get_a_finding(site: Site, token: str) -> None:
    folder = require_lab_data().parent / "fixtures"
    pictures = [path for path in sorted(folder.iterdir()) if _is_picture(path)]
    assert pictures

    for path in pictures:
        answer = hand_in(site, token, path.read_bytes(), wait=30)
        assert (answer.status_code, answer.json()["state"]) == (200, "classified"), path.name


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in (".jpg", ".jpeg", ".png", ".webp")


def test_nobody_is_believed_to_be_a_proxy_unless_the_settings_say_so(
    site: Site, token: str
) -> None:
    for name, value in (("X-Forwarded-Proto", "https"), ("SCRIPT_NAME", "/else")):
        headers = {"Authorization": f"Token {token}", name: value}
        answer = requests.get(f"{site.url}{IMAGES}", headers=headers, timeout=60)
        assert answer.status_code == 200
        assert all(one["url"].startswith(f"{site.url}/api/") for one in answer.json()["results"])
