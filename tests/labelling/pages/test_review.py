"""Reviewing: blind before the vote, told after it."""

import json

from labelling.models import Label, Review
from labelling.services.review import record_review
from tests.labelling.pages.conftest import TOLD


def vote(client, image, answer: str = "ai"):
    return client.post(
        "/review/vote/", {"image": str(image.pk), "answer": answer}, content_type="application/json"
    )


def undo(client, image):
    return client.post("/review/undo/", {"image": str(image.pk)}, content_type="application/json")


def test_what_comes_next_holds_the_address_of_the_pixels_and_nothing_else(
    browse, picture, reviewer, second_reviewer
) -> None:
    image = picture(None)
    record_review(image_id=image.pk, reviewer=second_reviewer, answer="unsure")
    answer = browse(reviewer).get("/review/next/").json()
    place = f"/api/v1/images/{image.pk}/rendition"
    assert answer == {
        "items": [{"id": str(image.pk), "view": f"{place}/view/", "thumb": f"{place}/thumb/"}],
        "waiting": 1,
    }


def test_the_page_itself_holds_nothing_of_what_waits(browse, picture, reviewer) -> None:
    image = picture(None)
    page = browse(reviewer).get("/review/").content.decode()
    assert str(image.pk) not in page
    assert TOLD not in page
    for key in "AHUZ":
        assert f"<kbd>{key}</kbd>" in page


def test_after_the_vote_the_finding_is_told(browse, picture, reviewer) -> None:
    image = picture(None)
    answer = vote(browse(reviewer), image, "human")
    assert answer.status_code == 200
    body = answer.json()
    assert body["waiting"] == 0
    assert TOLD in body["html"]
    assert "AI-made" in body["html"]
    assert "badge human" in body["html"]
    assert Review.objects.get().answer == "human"
    assert TOLD in browse(reviewer).get("/review/").content.decode()


def test_a_vote_on_a_picture_that_waits_says_so(browse, picture, reviewer) -> None:
    answer = vote(browse(reviewer), picture(None, None))
    assert "The detector has not looked at it yet." in answer.json()["html"]


def test_on_ones_own_picture_the_page_says_that_somebody_else_has_to_agree(
    browse, picture, reviewer, second_reviewer
) -> None:
    words = "You handed this picture in, so somebody else has to agree"
    own, other = picture(reviewer), picture(second_reviewer)

    assert words in vote(browse(reviewer), own).json()["html"]
    assert words not in vote(browse(reviewer), other).json()["html"]
    assert browse(reviewer).get("/review/").content.decode().count(words) == 1
    assert list(Label.objects.values_list("image", flat=True)) == [other.pk]


def test_a_second_vote_is_a_conflict_and_changes_nothing(browse, picture, reviewer) -> None:
    image, client = picture(None), browse(reviewer)
    vote(client, image, "ai")
    answer = vote(client, image, "human")
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert TOLD not in answer.content.decode()
    assert [review.answer for review in Review.objects.all()] == ["ai"]


def test_undo_takes_the_last_answer_back_and_no_other(browse, picture, reviewer) -> None:
    first, second, client = picture(None), picture(None), browse(reviewer)
    vote(client, first)
    vote(client, second)
    assert undo(client, first).status_code == 409
    assert Review.objects.standing().count() == 2
    assert undo(client, second).json() == {"waiting": 1}
    assert undo(client, second).status_code == 409, "sent twice, it takes nothing else back"
    assert [review.image_id for review in Review.objects.standing()] == [first.pk]
    assert vote(client, second, "unsure").status_code == 200


def test_those_that_the_page_holds_are_not_sent_again(browse, picture, reviewer) -> None:
    images = [picture(None) for _ in range(6)]
    client = browse(reviewer)
    first = [item["id"] for item in client.get("/review/next/").json()["items"]]
    query = {"exclude": ",".join(first)}
    second = [item["id"] for item in client.get("/review/next/", query).json()["items"]]
    assert (len(first), len(second)) == (4, 2)
    assert {*first, *second} == {str(image.pk) for image in images}


def test_a_picture_can_be_asked_for_first(browse, picture, reviewer) -> None:
    picture(None, 0.5)
    wanted = picture(None, 0.99)
    client = browse(reviewer)
    ids = [item["id"] for item in client.get(f"/review/next/?first={wanted.pk}").json()["items"]]
    assert (ids[0], len(ids), len(set(ids))) == (str(wanted.pk), 2, 2)
    vote(client, wanted)
    again = client.get(f"/review/next/?first={wanted.pk}").json()["items"]
    assert [item["id"] for item in again] == [ids[1]]


def test_only_reviewers_review(
    browse, client, picture, outsider, reviewer, second_reviewer
) -> None:
    image = picture(outsider)
    record_review(image_id=image.pk, reviewer=reviewer, answer="ai")
    intruder = browse(outsider)
    page = intruder.get("/review/")
    assert page.status_code == 403
    assert "You need the reviewer&#x27;s role for this." in page.content.decode()
    assert intruder.get("/review/next/").status_code == 403
    assert vote(intruder, image).status_code == 403
    assert undo(intruder, image).status_code == 403
    assert undo(browse(second_reviewer), image).status_code == 409
    assert client.get("/review/").url == "/accounts/login/?next=/review/"
    assert vote(client, image).status_code == 401
    assert [review.answer for review in Review.objects.all()] == ["ai"]
    assert Label.objects.get().value == "ai"


def test_what_makes_no_sense_is_refused_with_a_code(browse, picture, reviewer) -> None:
    image, client = picture(None), browse(reviewer)
    bodies: tuple[object, ...] = (
        [],
        {},
        {"answer": "ai"},
        {"image": "x", "answer": "ai"},
        {"image": f"{image.pk},{image.pk}", "answer": "ai"},
        {"image": str(image.pk), "answer": "both"},
    )
    for body in bodies:
        answer = client.post("/review/vote/", json.dumps(body), content_type="application/json")
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert Review.objects.count() == 0


def test_a_longer_queue_and_history_need_no_more_queries(
    browse, picture, reviewer, django_assert_num_queries
) -> None:
    client = browse(reviewer)
    for more, queries in ((1, 11), (7, 11), (20, 11)):
        for _ in range(more):
            record_review(image_id=picture(None).pk, reviewer=reviewer, answer="ai")
            picture(None)
        with django_assert_num_queries(9):
            assert client.get("/review/").status_code == 200
        with django_assert_num_queries(queries):
            assert client.get("/review/next/").status_code == 200
