"""The pictures' API: handing in, listing, asking after one; and what each person may see."""

import threading
import time
from base64 import b64encode
from collections.abc import Callable
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.test import Client

from classifier.models import ModelVersion
from classifier.serving import serving_detector
from labelling.api import waiting
from labelling.models import Image, Submission, User
from labelling.services.deletion import bin_image, erase_image
from labelling.services.findings import record_failure, record_finding
from labelling.services.review import record_review
from tests.labelling.pictures import noise, plain
from tests.labelling.programs import IMAGES, part, with_token
from tests.labelling.rows import make_image, make_version, predict
from tests.labelling.traces import assert_nothing_was_left

pytestmark = pytest.mark.django_db


def classify(image: Image) -> None:
    """What a worker does with a picture."""
    version, detector = serving_detector()
    data = plain()
    record_finding(image_id=image.pk, version=version, finding=detector.examine(data))


def test_a_new_picture_is_202_with_its_address(outsider: User) -> None:
    answer = with_token(outsider).post(IMAGES, {"file": part(noise(), "cat.jpg")})

    image = Image.objects.get()
    body = answer.json()
    assert answer.status_code == 202
    assert answer.headers["Location"] == body["url"] == f"http://testserver{IMAGES}{image.pk}/"
    assert body["page"] == f"http://testserver{image.get_absolute_url()}"
    assert body.pop("received_at").endswith("Z")
    assert body == {
        "id": str(image.pk),
        "url": body["url"],
        "page": body["page"],
        "sha256": image.sha256,
        "state": "waiting",
        "content_type": "image/jpeg",
        "width": 64,
        "height": 48,
        "blind": False,
        "finding": None,
        "explanation": None,
        "evidence": [],
        "contradiction": False,
        "failure": None,
        "label": None,
    }
    submission = Submission.objects.get()
    assert (submission.submitter, submission.channel) == (outsider, Submission.Channel.API)
    assert submission.filename == "cat.jpg"


def test_a_browser_with_a_session_hands_in_through_the_page(outsider: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(outsider)
    client.get("/accounts/login/")
    client.cookies["csrftoken"] = "a" * 32

    refused = client.post(IMAGES, {"file": part(noise())})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    assert_nothing_was_left()

    taken = client.post(IMAGES, {"file": part(noise())}, headers={"X-CSRFToken": "a" * 32})
    assert taken.status_code == 202
    assert Submission.objects.get().channel == Submission.Channel.PAGE


def test_whoever_is_not_signed_in_hands_in_nothing() -> None:
    answer = Client().post(IMAGES, {"file": part(noise())})

    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert_nothing_was_left()


def test_a_wrong_token_hands_in_nothing() -> None:
    client = Client(headers={"Authorization": "Token nobody"})
    answer = client.post(IMAGES, {"file": part(noise())})

    assert (answer.status_code, answer.json()["code"]) == (401, "authentication_failed")
    assert_nothing_was_left()


@pytest.mark.parametrize(
    ("form", "status", "code"),
    [
        ({}, 422, "missing_file"),
        ({"file": "words"}, 422, "missing_file"),
        ({"picture": part(noise())}, 422, "missing_file"),
        ({"file": [part(noise(1)), part(noise(2))]}, 400, "invalid_request"),
        ({"file": part(noise(1)), "second": part(noise(2))}, 400, "invalid_request"),
        ({"file": part(noise(1)), "label": "ai"}, 400, "invalid_request"),
        ({"file": [part(noise(1)), "words"]}, 400, "invalid_request"),
        ({"file": [part(noise(1)), ""]}, 400, "invalid_request"),
        ({"file": ["words", part(noise(1))]}, 400, "invalid_request"),
    ],
)
def test_a_form_without_exactly_one_file_is_refused(
    outsider: User, form: dict[str, object], status: int, code: str
) -> None:
    answer = with_token(outsider).post(IMAGES, form)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert_nothing_was_left()


def test_json_instead_of_a_form_is_415(outsider: User) -> None:
    answer = with_token(outsider).post(IMAGES, {"file": "x"}, content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("wait", ["-1", "31", "soon", "nan", "inf", ""])
def test_a_wait_that_is_none_is_400(outsider: User, wait: str) -> None:
    answer = with_token(outsider).post(f"{IMAGES}?wait={wait}", {"file": part(noise())})

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert_nothing_was_left()


def test_a_wait_that_is_too_short_ends_with_202(outsider: User) -> None:
    began = time.monotonic()
    answer = with_token(outsider).post(f"{IMAGES}?wait=0.3", {"file": part(noise())})

    assert answer.status_code == 202
    assert time.monotonic() - began >= 0.3


def test_with_a_wait_a_known_finding_is_there_at_once(
    outsider: User, live_version: ModelVersion
) -> None:
    client = with_token(outsider)
    client.post(IMAGES, {"file": part(plain())})
    classify(Image.objects.get())

    without = client.post(IMAGES, {"file": part(plain())})
    waited = client.post(f"{IMAGES}?wait=0", {"file": part(plain())})

    assert (without.status_code, waited.status_code) == (202, 200)
    assert without.json() == waited.json()
    finding = waited.json()["finding"]
    assert (finding["verdict"], finding["model_version"]) == ("ai", live_version.number)
    assert finding["probability_ai"] == pytest.approx(0.982, abs=0.001)
    assert finding["logit"] == pytest.approx(4.0, abs=0.01)


def test_a_picture_that_failed_is_an_answer_too(outsider: User) -> None:
    image = make_image("broken", owner=outsider)
    record_failure(image_id=image.pk, code="file_lost", message="The file is gone.")

    answer = with_token(outsider).get(f"{IMAGES}{image.pk}/?wait=5")

    assert answer.status_code == 200
    assert answer.json()["state"] == "failed"
    assert answer.json()["failure"] == {"code": "file_lost", "detail": "The file is gone."}


def test_waiting_ends_as_soon_as_the_picture_is_decided(outsider: User, monkeypatch) -> None:
    image = make_image("slow", owner=outsider)
    version = make_version(1, live=True)
    looks: list[float] = []

    def sleep_and_classify(seconds: float) -> None:
        looks.append(seconds)
        if len(looks) == 3:
            predict(image, version, 0.9)

    monkeypatch.setattr(waiting.time, "sleep", sleep_and_classify)
    answer = with_token(outsider).get(f"{IMAGES}{image.pk}/?wait=30")

    assert answer.json()["finding"]["probability_ai"] == 0.9
    assert looks == [0.02, pytest.approx(0.03), pytest.approx(0.045)]


@pytest.mark.parametrize("goes", [erase_image, bin_image])
@pytest.mark.parametrize("how", ["asks", "hands it in"])
def test_whoever_waits_for_a_picture_that_is_deleted_is_told_so(
    outsider: User, administrator: User, monkeypatch, goes: Callable[..., object], how: str
) -> None:
    image = make_image("slow", owner=outsider)
    client = with_token(outsider)

    def sleep_and_delete(_: float) -> None:
        for one in Image.objects.filter(deleted_at__isnull=True):
            goes(image_id=one.pk, by=administrator)

    monkeypatch.setattr(waiting.time, "sleep", sleep_and_delete)
    if how == "asks":
        answer = client.get(f"{IMAGES}{image.pk}/?wait=1")
    else:
        answer = client.post(f"{IMAGES}?wait=1", {"file": part(noise())})

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_picture_that_is_ones_own_no_more_after_the_wait_is_not_shown(
    outsider: User, monkeypatch
) -> None:
    image = make_image("slow", owner=outsider)
    submissions = Submission.objects.all()
    monkeypatch.setattr(waiting.time, "sleep", lambda _: submissions.delete())

    answer = with_token(outsider).get(f"{IMAGES}{image.pk}/?wait=0.01")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_when_too_many_wait_the_answer_comes_at_once(outsider: User, monkeypatch) -> None:
    monkeypatch.setattr(waiting, "_waiters", threading.BoundedSemaphore(1))
    image = make_image("slow", owner=outsider)

    with waiting._waiters:
        began = time.monotonic()
        answer = with_token(outsider).get(f"{IMAGES}{image.pk}/?wait=30")

    assert (answer.status_code, answer.json()["state"]) == (200, "waiting")
    assert time.monotonic() - began < 25  # and not the 30 s that were asked for


def test_each_person_sees_what_is_theirs(
    reviewer: User, second_reviewer: User, administrator: User, outsider: User
) -> None:
    mine = make_image("mine", owner=outsider)
    yours = make_image("yours", owner=reviewer)
    nobodys = make_image("nobody's")

    def listed(person: User) -> list[str]:
        return [row["id"] for row in with_token(person).get(IMAGES).json()["results"]]

    everything = [str(image.pk) for image in (nobodys, yours, mine)]
    assert listed(outsider) == [str(mine.pk)]
    for person in (reviewer, second_reviewer, administrator):
        assert listed(person) == everything
    assert Client().get(IMAGES).status_code == 401


def test_a_picture_of_somebody_else_is_not_there(reviewer: User, outsider: User) -> None:
    image = make_image("yours", owner=reviewer)
    client = with_token(outsider)

    foreign = client.get(f"{IMAGES}{image.pk}/")
    missing = client.get(f"{IMAGES}{uuid4()}/")

    assert foreign.status_code == missing.status_code == 404
    assert foreign.json() | {"request_id": ""} == missing.json() | {"request_id": ""}
    assert foreign.json()["code"] == "not_found"


def test_a_picture_handed_in_twice_is_listed_once(outsider: User) -> None:
    image = make_image("mine", owner=outsider)
    Submission.objects.create(image=image, submitter=outsider, channel=Submission.Channel.API)

    assert len(with_token(outsider).get(IMAGES).json()["results"]) == 1


def test_a_reviewer_is_blind_until_they_have_voted(
    reviewer: User, second_reviewer: User, administrator: User, outsider: User
) -> None:
    image = make_image("mine", owner=outsider)
    predict(image, make_version(1, live=True), 0.9)
    record_review(image_id=image.pk, reviewer=reviewer, answer="ai")

    def knows(person: User) -> tuple[bool, bool, bool]:
        one = with_token(person).get(f"{IMAGES}{image.pk}/").json()
        assert with_token(person).get(IMAGES).json()["results"] == [one]
        return one["blind"], one["finding"] is not None, one["label"] is not None

    assert knows(second_reviewer) == (True, False, False)
    assert knows(reviewer) == (False, True, True)
    assert knows(administrator) == (False, True, True)
    assert knows(outsider) == (False, True, True)
    record_review(image_id=image.pk, reviewer=second_reviewer, answer="unsure")
    assert knows(second_reviewer) == (False, True, True)


def test_a_reviewer_sees_the_finding_of_their_own_picture(reviewer: User) -> None:
    image = make_image("mine", owner=reviewer)
    predict(image, make_version(1, live=True), 0.9)

    assert with_token(reviewer).get(f"{IMAGES}{image.pk}/").json()["finding"]["verdict"] == "ai"


def test_a_reviewer_learns_the_label_of_their_own_picture_with_their_vote(
    reviewer: User, second_reviewer: User
) -> None:
    image = make_image("mine", owner=reviewer)
    record_review(image_id=image.pk, reviewer=second_reviewer, answer="ai")
    address = f"{IMAGES}{image.pk}/"
    assert with_token(reviewer).get(address).json()["label"] is None
    record_review(image_id=image.pk, reviewer=reviewer, answer="ai")
    assert with_token(reviewer).get(address).json()["label"]["value"] == "ai"


def test_the_label_is_told_to_those_who_settle_pictures_and_whoever_handed_it_in(
    reviewer: User, administrator: User, outsider: User
) -> None:
    image = make_image("mine", owner=outsider)
    record_review(image_id=image.pk, reviewer=reviewer, answer="human")

    def label(person: User) -> dict[str, object] | None:
        return with_token(person).get(f"{IMAGES}{image.pk}/").json()["label"]

    for person in (reviewer, administrator):
        told = label(person)
        assert told is not None
        assert (told["value"], told["gold"]) == ("human", False)
    told = label(outsider)
    assert told is not None
    assert told.keys() == {"value", "gold", "settled_at"}
    assert (told["value"], told["gold"]) == ("human", None), "what measures is not their business"


def test_the_list_is_paged_the_newest_first(outsider: User) -> None:
    made = [str(make_image(f"{number}", owner=outsider).pk) for number in range(5)]
    client = with_token(outsider)

    first = client.get(f"{IMAGES}?limit=3").json()
    second = client.get(first["next"]).json()

    assert [row["id"] for row in first["results"] + second["results"]] == made[::-1]
    assert (first["previous"], second["next"]) == (None, None)


def test_the_list_needs_as_many_queries_for_many_pictures_as_for_one(
    reviewer: User, django_assert_num_queries
) -> None:
    version = make_version(1, live=True)
    client = with_token(reviewer)

    def add(name: str) -> None:
        image = make_image(name)
        predict(image, version, 0.9)
        record_review(image_id=image.pk, reviewer=reviewer, answer="ai")

    add("one")
    # token, permissions (2), pictures, predictions, versions, evidence, whose finding and label
    # is open
    with django_assert_num_queries(9):
        client.get(IMAGES)
    for number in range(9):
        add(f"{number}")
    with django_assert_num_queries(9):
        assert len(client.get(IMAGES).json()["results"]) == 10


def test_the_present_version_speaks_for_a_picture(outsider: User) -> None:
    image = make_image("mine", owner=outsider)
    predict(image, make_version(1, live=True), 0.9)
    predict(image, make_version(2), 0.1)

    finding = with_token(outsider).get(f"{IMAGES}{image.pk}/").json()["finding"]

    assert (finding["model_version"], finding["probability_ai"]) == (1, 0.9)


@pytest.mark.parametrize("position", ["x", "2026-13-45T00:00:00Z", "\0"])
def test_a_page_that_was_never_handed_out_is_not_found(outsider: User, position: str) -> None:
    cursor = b64encode(urlencode({"p": position}).encode()).decode()
    client = with_token(outsider)
    client.raise_request_exception = False
    answer = client.get(IMAGES, {"cursor": cursor})

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
