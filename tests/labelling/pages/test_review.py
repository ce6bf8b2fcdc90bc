"""The reviewing page: blind before the vote, told after it; who may open it."""

import json
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext

from labelling.models import Image, Label, QueuePolicy, Review, Showing, User, Why
from labelling.services.review import ask_for_gold, record_review
from labelling.services.turns import take_turns
from tests.labelling.pages.conftest import TOLD
from tests.labelling.pages.reviewing import (
    NOBODYS,
    ask,
    ids,
    press,
    rows,
    standing,
    undo,
    upcoming,
    vote,
)


def test_what_comes_next_holds_the_addresses_of_the_pixels_and_nothing_else(
    browse, picture, reviewer, second_reviewer
) -> None:
    image = picture(None)
    record_review(image_id=image.pk, reviewer=second_reviewer, answer="unsure")
    place = f"/api/v1/images/{image.pk}/rendition"
    assert upcoming(browse(reviewer)) == {
        "items": [
            {
                "id": str(image.pk),
                "width": 64,
                "height": 48,
                "thumb": f"{place}/thumb/",
                "view": f"{place}/view/",
                "full": f"{place}/full/",
            }
        ],
        "waiting": "1",
        "again": "",
    }


def test_the_page_shows_the_picture_and_tells_nothing_of_it(
    browse, picture, reviewer, second_reviewer
) -> None:
    image = picture(None)
    record_review(image_id=image.pk, reviewer=second_reviewer, answer="unsure")
    page = browse(reviewer).get("/review/").content.decode()
    assert f'src="/api/v1/images/{image.pk}/rendition/view/"' in page
    assert TOLD not in page
    assert "sasha" not in page
    for key in "AHUXSFZ?":
        assert f"<kbd>{key}</kbd>" in page


def test_a_silent_test_looks_like_any_other_picture(
    browse, picture, reviewer, second_reviewer, adjudicator, administrator
) -> None:
    other, gold = picture(None), picture(None)
    ask_for_gold(image_id=gold.pk, by=administrator)
    for person in (second_reviewer, adjudicator):
        record_review(image_id=gold.pk, reviewer=person, answer="ai")
    take_turns(reviewer=reviewer, limit=2, first=other.pk)
    held_as_a_test(gold, reviewer)

    answer = upcoming(browse(reviewer))

    assert set(ids(answer)) == {str(other.pk), str(gold.pk)}
    shapes = [
        {key: str(value).replace(item["id"], "ID") for key, value in item.items()}
        for item in answer["items"]
    ]
    assert shapes[0] == shapes[1]
    assert answer["waiting"] == "2", "a figure that leaves the test out would give it away"
    page = browse(reviewer).get("/review/").content.decode()
    for word in (str(gold.pk), "gold", "measure"):
        assert word not in page.lower()

    assert vote(browse(reviewer), gold, "human").status_code == 200
    assert Review.objects.get(reviewer=reviewer).silent
    told = browse(reviewer).get(f"/review/{gold.pk}/told/").json()["html"]
    assert "Drawn by chance, to measure with" in told, "as of the audit sample"
    assert Label.objects.get(image=gold).value == "ai"


def held_as_a_test(image: Image, person: User) -> None:
    """Let the turn that is to come next have been a silent test."""
    QueuePolicy.objects.update(turns=F("turns") + 1)
    last = Showing.objects.filter(person=person).latest("turn")
    Showing.objects.create(
        image=image,
        person=person,
        why=Why.GOLD,
        probability=0.05,
        turn=QueuePolicy.objects.get().turns,
        shown_at=last.shown_at,
        leased_until=last.leased_until,
    )


@pytest.mark.parametrize("answer", ["ai", "human", "unsure", "unusable"])
def test_after_the_vote_the_finding_is_told(browse, picture, reviewer, answer) -> None:
    image = picture(None)
    given = vote(browse(reviewer), image, answer, seconds=2.5)
    assert given.status_code == 200
    assert given.json()["waiting"] == "0"
    assert TOLD in given.json()["html"]
    assert f"badge {answer}" in given.json()["html"]
    review = Review.objects.get()
    assert (review.answer, review.seconds) == (answer, 2.5)
    assert TOLD in browse(reviewer).get("/review/").content.decode()


@pytest.mark.parametrize(
    ("said", "kept"),
    [(0, 0.0), (-3, 0.0), (1e9, 3600.0), ("7", None), (True, None), (None, None)],
)
def test_seconds_are_believed_within_bounds(browse, picture, reviewer, said, kept) -> None:
    assert vote(browse(reviewer), picture(None), seconds=said).status_code == 200
    assert Review.objects.get().seconds == kept


def test_all_that_is_known_is_told_to_whoever_has_answered(
    browse, picture, reviewer, second_reviewer, adjudicator
) -> None:
    image, client = picture(None), browse(reviewer)
    record_review(image_id=image.pk, reviewer=second_reviewer, answer="unsure")
    address = f"/review/{image.pk}/told/"
    hidden = client.get(address)
    assert (hidden.status_code, hidden.json()["code"]) == (404, "not_found")
    assert TOLD not in hidden.content.decode()
    upcoming(client)
    vote(client, image)

    html = client.get(address).json()["html"]
    for words in (TOLD, "sasha", "The detector learns most from the answer", "Heat map"):
        assert words in html
    assert f"/images/{image.pk}/nearest/" in html
    page = client.get(f"/review/?open={image.pk}").content.decode()
    assert TOLD in page
    assert "sasha" in page


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


def test_the_strip_holds_the_last_ten(browse, picture, reviewer) -> None:
    images = [picture(None) for _ in range(11)]
    for image in images:
        record_review(image_id=image.pk, reviewer=reviewer, answer="human")
    page = browse(reviewer).get("/review/").content.decode()
    assert page.count('class="result"') == 10 + 1, "and one to copy from"
    assert f"?open={images[0].pk}" not in page
    assert f"?open={images[1].pk}" in page


def test_whether_it_goes_on_by_itself_is_remembered(browse, picture, reviewer) -> None:
    client = browse(reviewer)
    assert 'role="switch" aria-checked="true"' in client.get("/review/").content.decode()
    assert ask(client, "pace", auto_advance="no").status_code == 400
    assert ask(client, "pace", auto_advance=False).status_code == 200
    assert 'role="switch" aria-checked="false"' in client.get("/review/").content.decode()


def test_only_reviewers_review(browse, client, picture, outsider, reviewer) -> None:
    image, intruder = picture(outsider), browse(outsider)
    record_review(image_id=image.pk, reviewer=reviewer, answer="ai")
    before = rows()
    page = intruder.get("/review/")
    assert page.status_code == 403
    assert "You need the reviewer&#x27;s role for this." in page.content.decode()
    for what in ("next", "renew", "release", "vote", "skip", "flag", "undo", "pace"):
        body = {"image": str(image.pk), "answer": "human", "note": "x", "auto_advance": False}
        assert ask(intruder, what, **body).status_code == 403, what
    assert intruder.get(f"/review/{image.pk}/told/").status_code == 403
    for do in ("human", "skip", "flag", "undo", "pace"):
        assert press(intruder, do, image, note="x").status_code == 403, do
    assert client.get("/review/").url == "/accounts/login/?next=/review/"
    assert vote(client, image).status_code == 401
    assert press(client, "ai", image).url.startswith("/accounts/login/")
    assert rows() == before


def test_nobody_touches_what_somebody_else_said(
    browse, picture, reviewer, second_reviewer, adjudicator, administrator
) -> None:
    image = picture(None)
    record_review(image_id=image.pk, reviewer=reviewer, answer="ai")
    before = Review.objects.count()
    for person in (second_reviewer, adjudicator, administrator):
        client = browse(person)
        assert client.get("/review/").status_code == 200
        undo(client, image)
        press(client, "undo")
        assert vote(client, image, "human", anew=True).status_code == 409
        assert client.get(f"/review/{image.pk}/told/").status_code == 404
    assert Review.objects.count() == before
    assert standing() == [(image.pk, "ai")]


def test_what_makes_no_sense_is_refused_with_a_code(browse, picture, reviewer) -> None:
    image, client = picture(None), browse(reviewer)
    bodies: tuple[tuple[str, object], ...] = (
        ("vote", []),
        ("vote", {}),
        ("vote", {"answer": "ai"}),
        ("vote", {"image": "x", "answer": "ai"}),
        ("vote", {"image": [str(image.pk)], "answer": "ai"}),
        ("vote", {"image": str(image.pk), "answer": "both"}),
        ("vote", {"image": str(image.pk), "answer": "retracted"}),
        ("next", {"limit": 0}),
        ("next", {"limit": "4"}),
        ("next", {"first": "x"}),
        ("renew", {"images": str(image.pk)}),
        ("renew", {"images": [str(image.pk)] * 13}),
        ("pace", {}),
    )
    for what, body in bodies:
        answer = client.post(f"/review/{what}/", json.dumps(body), content_type="application/json")
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request"), body
    assert press(client, "both", image).status_code == 400
    assert press(client, "ai").status_code == 400
    assert client.get("/review/?first=x").status_code == 200
    assert client.get(f"/review/?open={NOBODYS}").status_code == 404
    assert Review.objects.count() == 0


def test_a_longer_queue_and_history_need_no_more_queries(browse, picture, reviewer) -> None:
    client = browse(reviewer)
    counts = []
    for more in (10, 10, 10):
        for _ in range(more):
            record_review(image_id=picture(None).pk, reviewer=reviewer, answer="ai")
            picture(None)
        upcoming(client)  # from here on it holds four
        counts.append([queries(client, do) for do in (page, held)])
    assert counts[0] == counts[1] == counts[2]


def page(client: Client) -> None:
    assert client.get("/review/").status_code == 200


def held(client: Client) -> None:
    assert len(upcoming(client)["items"]) == 4


def queries(client: Client, do: Any) -> int:
    with CaptureQueriesContext(connection) as captured:
        do(client)
    return len(captured)
