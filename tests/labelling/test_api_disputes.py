"""Disputes by the API: opened by whoever handed in, answered by adjudicators."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from labelling.models import Dispute, Image, Label, Review, User
from labelling.services.disputes import open_dispute
from tests.labelling.programs import with_token
from tests.labelling.rows import make_image, make_version, predict
from tests.people import make_person

pytestmark = pytest.mark.django_db

DISPUTES = "/api/v1/disputes/"
REASON = "I drew it myself."


@pytest.fixture
def image(outsider: User) -> Image:
    """The outsider's picture, which version 1 takes for AI."""
    image = make_image("mine", owner=outsider)
    predict(image, make_version(1, live=True), 0.9)
    return image


def post(client: Client, address: str, body: object) -> tuple[int, dict]:
    answer = client.post(address, body, content_type="application/json")
    return answer.status_code, answer.json()


def test_a_dispute_is_opened_and_answered(
    image: Image, outsider: User, adjudicator: User, administrator: User
) -> None:
    status, body = post(with_token(outsider), DISPUTES, {"image": str(image.pk), "reason": REASON})
    opened = body.pop("opened_at")
    assert (status, opened[-1]) == (201, "Z")
    dispute = Dispute.objects.get()
    address = f"{DISPUTES}{dispute.pk}/"
    assert body == {
        "id": dispute.pk,
        "url": f"http://testserver{address}",
        "image": str(image.pk),
        "state": "open",
        "by": "olli",
        "reason": REASON,
        "verdict": "ai",
        "probability_ai": 0.9,
        "model_version": 1,
        "answer": None,
        "answered_at": None,
    }
    assert with_token(adjudicator).get(address).json()["by"] is None
    assert with_token(administrator).get(address).json()["by"] == "olli"

    words = {"decision": "human", "answer": "You are right."}
    status, answered = post(with_token(adjudicator), f"{address}answer/", words)
    assert (status, answered["state"], answered["answer"]) == (200, "accepted", "You are right.")
    assert Label.objects.get().value == "human"
    assert post(with_token(adjudicator), f"{address}answer/", words)[0] == 409
    assert with_token(outsider).get(address).json()["answer"] == "You are right."


def test_a_dispute_is_withdrawn_by_whoever_opened_it(
    image: Image, outsider: User, reviewer: User, adjudicator: User
) -> None:
    dispute = open_dispute(image_id=image.pk, by=outsider, reason=REASON)
    address = f"{DISPUTES}{dispute.pk}/withdraw/"

    def refused(client: Client) -> tuple[int, str]:
        status, refusal = post(client, address, {})
        dispute.refresh_from_db()
        assert dispute.state == Dispute.State.OPEN
        return status, refusal["code"]

    assert refused(Client()) == (401, "not_authenticated")
    assert refused(with_token(reviewer)) == (404, "not_found")
    assert refused(with_token(adjudicator)) == (403, "not_allowed")
    assert refused(with_token(outsider, "read")) == (403, "missing_scope")
    assert post(with_token(outsider), address, {})[1]["state"] == "withdrawn"
    assert post(with_token(outsider), address, {})[0] == 409


def test_who_sees_and_who_answers(
    image: Image, outsider: User, reviewer: User, adjudicator: User
) -> None:
    dispute = open_dispute(image_id=image.pk, by=outsider, reason=REASON)
    other = make_person("otto")

    def listed(person: User, query: str = "") -> list[int]:
        answer = with_token(person).get(f"{DISPUTES}?{query}")
        return [row["id"] for row in answer.json()["results"]]

    assert listed(outsider) == listed(adjudicator) == [dispute.pk]
    assert listed(other) == listed(reviewer) == []
    assert listed(adjudicator, "state=accepted,declined") == []
    assert listed(adjudicator, f"image={image.pk}&state=open&version=1") == [dispute.pk]
    words = {"decision": "human", "answer": "So it is."}
    for person in (outsider, other, reviewer):
        status, refusal = post(with_token(person), f"{DISPUTES}{dispute.pk}/answer/", words)
        assert (status, refusal["code"]) == (403, "not_allowed")
    assert Review.objects.count() == 0
    for person in (other, reviewer):
        answer = with_token(person).get(f"{DISPUTES}{dispute.pk}/")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_only_whoever_handed_it_in_disputes(
    image: Image, outsider: User, reviewer: User, administrator: User
) -> None:
    body = {"image": str(image.pk), "reason": REASON}
    assert post(with_token(make_person("otto")), DISPUTES, body)[0] == 404
    for person in (reviewer, administrator):
        status, refusal = post(with_token(person), DISPUTES, body)
        assert (status, refusal["code"]) == (403, "not_allowed")
    assert Dispute.objects.count() == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"reason": "short"},
        {"reason": " " * 20},
        {"reason": "x" * 2001},
        {"reason": 12345678901234},
        {"reason": None},
        {"reason": ["I drew it myself."]},
        {"image": "x"},
        {"image": None},
        {"by": "olli"},
    ],
)
def test_a_dispute_that_is_off_is_refused(image: Image, outsider: User, wrong: dict) -> None:
    body = {"image": str(image.pk), "reason": REASON} | wrong
    status, refusal = post(with_token(outsider), DISPUTES, body)
    assert (status, refusal["code"]) == (400, "invalid_request")
    assert Dispute.objects.count() == 0


@pytest.mark.parametrize(
    "wrong", [{"decision": "robot"}, {"decision": 1}, {"answer": ""}, {"answer": {}}, {"to": "x"}]
)
def test_an_answer_that_is_off_is_refused(
    image: Image, outsider: User, adjudicator: User, wrong: dict
) -> None:
    dispute = open_dispute(image_id=image.pk, by=outsider, reason=REASON)
    body = {"decision": "human", "answer": "So it is."} | wrong
    status, refusal = post(with_token(adjudicator), f"{DISPUTES}{dispute.pk}/answer/", body)
    assert (status, refusal["code"]) == (400, "invalid_request")
    dispute.refresh_from_db()
    assert dispute.state == Dispute.State.OPEN


@pytest.mark.parametrize("number", ["0", "99999999999999999999999999"])
def test_a_number_that_is_none_is_not_found(adjudicator: User, number: str) -> None:
    for address in (f"{DISPUTES}{number}/", f"/api/v1/reviews/{number}/"):
        answer = with_token(adjudicator).get(address)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_the_list_needs_as_many_queries_for_many_as_for_one(
    image: Image, outsider: User, administrator: User
) -> None:
    open_dispute(image_id=image.pk, by=outsider, reason=REASON)
    client = with_token(administrator)
    with CaptureQueriesContext(connection) as one:
        client.get(DISPUTES)
    for number in range(4):
        more = make_image(f"{number}", owner=outsider)
        predict(more, image.predictions.get().version, 0.9)
        open_dispute(image_id=more.pk, by=outsider, reason=REASON)
    with CaptureQueriesContext(connection) as many:
        assert len(client.get(DISPUTES).json()["results"]) == 5
    assert len(many) == len(one)
