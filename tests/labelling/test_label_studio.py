"""A project of Label Studio's: predictions by our detector, annotations as answers."""

from base64 import b64encode
from typing import Any

import pytest
from django.test import Client

from classifier.models import ModelVersion
from labelling.models import Image, Prediction, Review, Scope, Submission, User
from labelling.services.review import record_review
from labelling.services.submit import submit_with_finding
from labelling.services.tokens import make_token
from tests.labelling.pictures import BLACK, GREY, TEXT, WHITE, plain
from tests.labelling.programs import PROBLEM, with_token
from tests.labelling.test_label_studio_words import PLAIN, choices
from tests.labelling.traces import assert_nothing_was_left
from tests.servers.scripted import Answer, Scripted

pytestmark = pytest.mark.django_db

HERE = "/api/v1/label-studio/"


def address(data: bytes) -> str:
    return "data:image/png;base64," + b64encode(data).decode()


def ask(client: Client, what: str, **body: Any) -> Any:
    return client.post(f"{HERE}{what}", body, content_type="application/json")


def predict(client: Client, *images: object, config: str = PLAIN) -> list[dict[str, Any]]:
    tasks = [{"id": number, "data": {"image": image}} for number, image in enumerate(images)]
    answer = ask(client, "predict", tasks=tasks, label_config=config, project="1.1730000000")
    assert answer.status_code == 200, answer.content
    return list(answer.json()["results"])


def annotate(client: Client, image: object, *words: str, **changed: Any) -> Any:
    event = {
        "action": "ANNOTATION_CREATED",
        "annotation": {"id": 7, "result": [choices(*words)]},
        "task": {"id": 3, "data": {"image": image}},
        "project": {"id": 1, "label_config": PLAIN},
    }
    return ask(client, "webhook", **{**event, **changed})


@pytest.fixture
def studio(scripted: Scripted, settings) -> Scripted:
    """The Label Studio that may be asked."""
    settings.LABEL_STUDIO_URL, settings.LABEL_STUDIO_TOKEN = scripted.url, "its-token"
    return scripted


def test_anybody_may_ask_whether_it_is_up() -> None:
    answer = Client().get(f"{HERE}health")

    assert (answer.status_code, answer.json()) == (200, {"status": "UP", "model_class": "aivh"})


def test_a_project_is_set_up_where_it_asks_what_the_detector_answers(
    live_version: ModelVersion, outsider: User
) -> None:
    client = with_token(outsider)
    sent = {"project": "1.1730000000", "hostname": "https://labels.example", "access_token": "x"}

    assert ask(client, "setup", schema=PLAIN, **sent).json() == {
        "model_version": str(live_version.number)
    }
    refused = ask(client, "setup", schema="<View/>", **sent)
    assert (refused.status_code, refused.headers["Content-Type"]) == (400, PROBLEM)
    assert "<Choices>" in refused.json()["detail"]


def test_without_a_version_it_says_so(outsider: User) -> None:
    assert ask(with_token(outsider), "setup", schema=PLAIN).json()["code"] == "model_not_loaded"


def test_each_task_is_predicted_or_says_why_not(live_version: ModelVersion, outsider: User) -> None:
    ai, human, doubt, letter, nowhere, none = predict(
        with_token(outsider),
        address(plain(WHITE)),
        address(plain(BLACK)),
        address(plain(GREY)),
        address(TEXT),
        "http://169.254.169.254/a.jpg",
        None,
    )

    assert ai["result"] == [{"from_name": "label", "to_name": "image", **choices("AI")}]
    assert ai["score"] == pytest.approx(0.982, abs=0.001)
    assert ai["model_version"] == str(live_version.number)
    assert human["result"][0]["value"] == {"choices": ["Human"]}
    assert (doubt["result"], doubt["score"]) == ([], pytest.approx(0.496, abs=0.001))
    assert (letter["result"], letter["error"]["code"]) == ([], "unsupported_type")
    assert nowhere["error"]["code"] == none["error"]["code"] == "invalid_request"
    assert Submission.objects.filter(submitter=outsider).count() == 3


def test_asked_again_it_hands_nothing_in_again(live_version: ModelVersion, outsider: User) -> None:
    client = with_token(outsider)

    assert predict(client, address(plain())) == predict(client, address(plain()))

    assert (Image.objects.count(), Prediction.objects.count()) == (1, 1)
    assert Submission.objects.count() == 1


def test_a_picture_of_ours_is_told_to_whoever_may_see_it(
    live_version: ModelVersion, outsider: User, reviewer: User, administrator: User
) -> None:
    submitted, _ = submit_with_finding(data=plain(), filename="a.png", submitter=outsider)
    ours = f"http://testserver/api/v1/images/{submitted.image.pk}/original/"

    [theirs] = predict(with_token(outsider), ours)
    [seen] = predict(with_token(administrator), ours)
    [blind] = predict(with_token(reviewer), ours)

    assert theirs == seen
    assert theirs["result"][0]["value"] == {"choices": ["AI"]}
    assert (blind["result"], blind["error"]["code"]) == ([], "not_allowed")
    [bytes_of_it] = predict(with_token(reviewer), address(plain()))
    assert bytes_of_it["error"]["code"] == "not_allowed"  # no way around it
    assert Submission.objects.count() == 1


def test_a_stranger_s_picture_is_not_there(
    live_version: ModelVersion, outsider: User, second_reviewer: User
) -> None:
    submitted, _ = submit_with_finding(data=plain(), filename="a.png", submitter=second_reviewer)

    [hidden] = predict(with_token(outsider), f"/api/v1/images/{submitted.image.pk}/")

    assert hidden["error"]["code"] == "not_found"


def test_what_label_studio_serves_is_read_with_its_token(
    live_version: ModelVersion, outsider: User, studio: Scripted
) -> None:
    studio.default = Answer(plain(BLACK), headers={"Content-Type": "image/png"})

    [found] = predict(with_token(outsider), "/data/upload/1/cat.png?v=2")

    assert found["result"][0]["value"] == {"choices": ["Human"]}
    [asked] = studio.asked
    assert (asked.path, asked.headers["Authorization"]) == (
        "/data/upload/1/cat.png?v=2",
        "Token its-token",
    )
    assert Submission.objects.get().filename == "cat.png"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer({}, 302, {"Location": "http://169.254.169.254/"}), "corrupt_picture"),
        (Answer({}, 404), "corrupt_picture"),
        (Answer(b"\x89PNG" + b"x" * (20 * 1024 * 1024)), "too_large"),
        (Answer(hang_up=True), "storage_unavailable"),
        (Answer(b"<html>"), "unsupported_type"),
    ],
)
def test_what_label_studio_does_not_serve_is_told(
    answer: Answer, code: str, live_version: ModelVersion, outsider: User, studio: Scripted
) -> None:
    studio.will(answer)

    [told] = predict(with_token(outsider), "/data/upload/1/cat.png")

    assert told["error"]["code"] == code
    assert len(studio.asked) == 1  # it led nowhere else
    assert_nothing_was_left()


def test_buckets_are_for_administrators_below_what_is_open(
    live_version: ModelVersion, outsider: User, administrator: User
) -> None:
    place = "gs://lab/incoming/a.jpg"

    for person in (outsider, administrator):  # the setting opens none
        [told] = predict(with_token(person), place)
        assert told["error"]["code"] == "not_allowed"


def test_the_password_of_http_basic_is_a_token(live_version: ModelVersion, outsider: User) -> None:
    bearer = make_token(owner=outsider, name="labels", scopes=["read", "upload"], days=1)[1]

    def basic(pair: str) -> Client:
        return Client(headers={"Authorization": f"Basic {b64encode(pair.encode()).decode()}"})

    assert len(predict(basic(f"anything:{bearer}"), address(plain()))) == 1
    for wrong in ("anything:aivh_guess", f"{bearer}:", "olli:correct horse battery staple"):
        assert ask(basic(wrong), "predict").status_code == 401
    nonsense = Client(headers={"Authorization": "Basic *"})
    assert ask(nonsense, "predict").status_code == 401
    assert basic(f"x:{bearer}").get("/api/v1/images/").status_code == 401  # only here


@pytest.mark.parametrize("what", ["setup", "predict", "webhook"])
def test_it_needs_a_token_of_the_right_scope(what: str, reviewer: User) -> None:
    scope = {"setup": Scope.READ, "predict": Scope.UPLOAD, "webhook": Scope.REVIEW}[what]
    others = [other for other in Scope.values if other != scope]

    assert ask(Client(), what).status_code == 401
    assert ask(with_token(reviewer, *others), what).json()["code"] == "missing_scope"
    assert ask(with_token(reviewer, scope), what).json()["code"] == "invalid_request"
    assert_nothing_was_left()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"tasks": [], "label_config": "<View/>"},
        {"tasks": [{}], "label_config": PLAIN},
        {"tasks": [{"data": "x"}], "label_config": PLAIN},
        {"tasks": [{"data": {}}] * 101, "label_config": PLAIN},
        {"tasks": {"data": {}}, "label_config": PLAIN},
        {"tasks": [], "label_config": 7},
    ],
)
def test_a_request_that_makes_no_sense_is_refused(body: dict[str, Any], outsider: User) -> None:
    answer = ask(with_token(outsider), "predict", **body)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


def test_an_annotation_is_the_answer_of_the_token_s_person(
    live_version: ModelVersion, outsider: User, reviewer: User
) -> None:
    predict(with_token(outsider), address(plain()))
    client = with_token(reviewer, Scope.REVIEW)

    first, again = (annotate(client, address(plain()), "Human") for _ in range(2))

    assert (first.status_code, first.json()) == (201, {"taken": True, "why": None})
    assert (again.status_code, again.json()["taken"]) == (200, False)
    review = Review.objects.get()
    assert (review.reviewer, review.answer) == (reviewer, "human")


def test_an_annotation_that_was_changed_changes_the_answer(
    live_version: ModelVersion, outsider: User, reviewer: User
) -> None:
    predict(with_token(outsider), address(plain()))
    client = with_token(reviewer)
    annotate(client, address(plain()), "Human")

    other = annotate(client, address(plain()), "AI")
    assert (other.status_code, other.json()["code"]) == (409, "conflict")
    assert Review.objects.standing().get().answer == "human"
    changed = annotate(client, address(plain()), "AI", action="ANNOTATION_UPDATED")

    assert changed.status_code == 201
    assert Review.objects.standing().get().answer == "ai"


def test_only_reviewers_answer(live_version: ModelVersion, outsider: User) -> None:
    predict(with_token(outsider), address(plain()))

    refused = annotate(with_token(outsider), address(plain()), "AI")

    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    assert not Review.objects.exists()


def test_a_picture_that_is_not_here_is_not_handed_in_by_an_annotation(reviewer: User) -> None:
    refused = annotate(with_token(reviewer), address(plain()), "AI")

    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    assert_nothing_was_left()


@pytest.mark.parametrize(
    "changed",
    [
        {"action": "ANNOTATIONS_DELETED"},
        {"action": "TASKS_CREATED", "annotation": {}, "task": {}},
        # Predictions that were copied: nobody has looked at these pictures.
        {"action": "ANNOTATIONS_CREATED", "annotation": [{"result": []}], "task": [{"id": 3}]},
        {"annotation": {"result": []}},
        {"annotation": {"result": [choices("AI")], "was_cancelled": True}},
        {"annotation": {"result": [choices("AI", "Human")]}},
    ],
)
def test_other_events_and_empty_annotations_change_nothing(
    changed: dict[str, Any], live_version: ModelVersion, outsider: User, reviewer: User
) -> None:
    predict(with_token(outsider), address(plain()))

    answer = annotate(with_token(reviewer), address(plain()), "AI", **changed)

    assert (answer.status_code, answer.json()["taken"]) == (200, False)
    assert not Review.objects.exists()


def test_a_task_for_which_no_time_is_left_says_so(
    live_version: ModelVersion, outsider: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labelling.api.label_studio.LONGEST", -1.0)

    [late] = predict(with_token(outsider), address(plain()))

    assert (late["result"], late["error"]["code"]) == ([], "still_answering")
    assert_nothing_was_left()


def test_a_reviewer_who_has_voted_is_told(
    live_version: ModelVersion, outsider: User, reviewer: User
) -> None:
    submitted, _ = submit_with_finding(data=plain(), filename="a.png", submitter=outsider)
    record_review(image_id=submitted.image.pk, reviewer=reviewer, answer="ai")

    [seen] = predict(with_token(reviewer), address(plain()))

    assert seen["result"][0]["value"] == {"choices": ["AI"]}
