"""A picture's server-sent events: each change of its state, for a bounded time, by few at once."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from labelling.api import events
from labelling.models import Image, User
from labelling.services.deletion import bin_image
from labelling.services.findings import record_failure
from tests.labelling.programs import IMAGES, with_token
from tests.labelling.rows import make_image, make_version, predict

pytestmark = pytest.mark.django_db


@pytest.fixture
def image(outsider: User) -> Image:
    return make_image("slow", owner=outsider)


def address(image: Image) -> str:
    return f"{IMAGES}{image.pk}/events/"


def read(answer: Any) -> list[dict[str, str]]:
    """The events of a stream, as a browser understands them; comments under ``""``."""
    told = []
    for block in b"".join(answer).decode().strip().split("\n\n"):
        pairs = (line.partition(":") for line in block.splitlines())
        told.append({name: value.strip() for name, _, value in pairs})
    return told


def go_away(answer: Any) -> None:
    """What the web server does when nobody reads on; the test's database stays open."""
    for close in answer._resource_closers:
        close()


def all_places_are_free() -> bool:
    return events._places._value == events.STREAMS


def test_each_change_is_told_and_the_decision_ends_it(
    image: Image, outsider: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[float] = []
    version = make_version(1, live=True)

    def sleep_and_classify(seconds: float) -> None:
        looks.append(seconds)
        if len(looks) == 3:
            predict(image, version, 0.9)

    monkeypatch.setattr(events.time, "sleep", sleep_and_classify)
    client = with_token(outsider)
    answer = client.get(address(image))

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/event-stream"
    assert answer.headers["X-Accel-Buffering"] == "no"
    retry, first, last = read(answer)
    assert retry == {"retry": "2000"}
    assert (first["event"], first["id"], last["id"]) == ("image", "waiting", "classified")
    assert json.loads(first["data"])["finding"] is None
    assert json.loads(last["data"]) == client.get(f"{IMAGES}{image.pk}/").json()
    assert len(looks) == 3
    assert all_places_are_free()


def test_what_is_decided_is_told_at_once_and_not_again(image: Image, outsider: User) -> None:
    record_failure(image_id=image.pk, code="file_lost", message="The file is gone.")
    client = with_token(outsider)

    assert [event.get("id") for event in read(client.get(address(image)))] == [None, "failed"]
    again = client.get(address(image), headers={"Last-Event-ID": "failed"})
    assert again.status_code == 204
    assert all_places_are_free()


def test_a_reviewer_is_told_no_more_than_the_picture_tells_them(
    image: Image, reviewer: User
) -> None:
    predict(image, make_version(1, live=True), 0.9)
    _, only = read(with_token(reviewer).get(address(image)))
    body = json.loads(only["data"])
    assert (body["blind"], body["finding"], body["label"]) == (True, None, None)


def test_a_stream_is_kept_alive_and_ends_after_its_time(
    image: Image, outsider: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += 1.0

    monkeypatch.setattr(events.time, "sleep", sleep)
    monkeypatch.setattr(events.time, "monotonic", lambda: now[0])
    told = read(with_token(outsider).get(address(image)))
    assert [event.get("", "") for event in told[2:]] == ["still waiting"] * 5
    assert now[0] == events.LONGEST_STREAM
    assert all_places_are_free()


def test_a_picture_that_is_deleted_meanwhile_is_gone(
    image: Image, outsider: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        events.time, "sleep", lambda seconds: bin_image(image_id=image.pk, by=outsider)
    )
    assert [event.get("event") for event in read(with_token(outsider).get(address(image)))] == [
        None, "image", "gone",
    ]  # fmt: skip


def test_one_stream_too_many_is_asked_to_come_again(image: Image, outsider: User) -> None:
    client = with_token(outsider)
    opened = [client.get(address(image)) for _ in range(events.STREAMS)]

    refused = client.get(address(image))
    assert (refused.status_code, refused.json()["code"]) == (429, "throttled")
    assert refused.headers["Retry-After"] == "2"
    for answer in opened:  # never read: whoever asked has gone away
        go_away(answer)
        go_away(answer)
    assert all_places_are_free()


def test_a_question_without_a_body_opens_no_stream(image: Image, outsider: User) -> None:
    answer = with_token(outsider).head(address(image))
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/event-stream")
    assert all_places_are_free()


def test_only_who_may_see_the_picture_is_told(image: Image, outsider: User, reviewer: User) -> None:
    theirs = make_image("theirs", owner=reviewer)
    for client, asked, expected in (
        (Client(), address(image), (401, "not_authenticated")),
        (with_token(outsider, "upload"), address(image), (403, "missing_scope")),
        (with_token(outsider), address(theirs), (404, "not_found")),
        (with_token(outsider), f"{IMAGES}{uuid4()}/events/", (404, "not_found")),
    ):
        answer = client.get(asked)
        assert (answer.status_code, answer.json()["code"]) == expected
    assert all_places_are_free()
