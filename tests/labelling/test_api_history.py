"""A picture's life and its way into the gold set, by the API."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from labelling.models import AuditEntry, Image, Label, Showing, User, Why
from labelling.permissions import REVIEWERS
from labelling.services.review import adjudicate, record_review
from labelling.services.turns import take_turns
from tests.labelling.programs import IMAGES, with_token
from tests.labelling.rows import make_image, make_judged, make_version, predict

pytestmark = pytest.mark.django_db


@pytest.fixture
def image(outsider: User) -> Image:
    return make_judged("mine", owner=outsider)


def history(person: User, image: Image) -> dict:
    return with_token(person).get(f"{IMAGES}{image.pk}/history/").json()


def test_each_learns_what_they_may_know(image: Image, outsider: User, reviewer: User) -> None:
    told = history(outsider, image)
    assert [event["kind"] for event in told["results"]] == ["predicted", "handed-in"]
    assert (told["blind"], told["results"][1]["by"]) == (False, "olli")
    finding = told["results"][0]["finding"]
    assert (finding["verdict"], finding["model_version"]) == ("ai", 7)

    before = history(reviewer, image)
    assert before["blind"]
    assert [event["kind"] for event in before["results"]] == ["handed-in"]
    assert before["results"][0]["by"] is None
    record_review(image_id=image.pk, reviewer=reviewer, answer="human")
    after = {event["kind"]: event for event in history(reviewer, image)["results"]}
    assert after.keys() >= {"predicted", "handed-in", "answered", "settled"}
    # The name to sign in with, where the page says "you".
    assert (after["answered"]["by"], after["answered"]["answer"]) == ("robin", "human")


def test_a_note_is_for_its_author_and_those_who_see_everything(
    image: Image, reviewer: User, adjudicator: User, administrator: User
) -> None:
    record_review(image_id=image.pk, reviewer=reviewer, answer="ai")
    adjudicate(image_id=image.pk, adjudicator=adjudicator, answer="human", note="Sketch.")

    def note(person: User) -> str | None:
        events = history(person, image)["results"]
        [note] = [event["note"] for event in events if event["kind"] == "adjudicated"]
        return note

    assert note(reviewer) is None
    assert (note(adjudicator), note(administrator)) == ("Sketch.", "Sketch.")
    adjudicator.groups.set(Group.objects.filter(name=REVIEWERS))
    assert note(User.objects.get(pk=adjudicator.pk)) == "Sketch."


def test_a_strangers_picture_has_none(image: Image, outsider: User, reviewer: User) -> None:
    theirs = make_image("theirs", owner=reviewer)
    answer = with_token(outsider).get(f"{IMAGES}{theirs.pk}/history/")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert Client().get(f"{IMAGES}{image.pk}/history/").status_code == 401


def test_it_needs_as_many_queries_for_many_as_for_one(
    image: Image, outsider: User, reviewer: User, administrator: User, django_assert_max_num_queries
) -> None:
    client, address = with_token(administrator), f"{IMAGES}{image.pk}/history/"
    with django_assert_max_num_queries(40) as one:
        client.get(address)
    for number in range(8, 11):
        predict(image, make_version(number), 0.2)
    record_review(image_id=image.pk, reviewer=reviewer, answer="human")
    with django_assert_max_num_queries(len(one.captured_queries)):
        assert len(client.get(address).json()["results"]) > 4


def test_administrators_ask_for_gold(
    image: Image, outsider: User, reviewer: User, administrator: User
) -> None:
    record_review(image_id=image.pk, reviewer=reviewer, answer="human")
    address = f"{IMAGES}{image.pk}/gold/"

    for client, status, code in (
        (Client(), 401, "not_authenticated"),
        (with_token(outsider), 403, "not_allowed"),
        (with_token(reviewer), 403, "not_allowed"),
        (with_token(administrator, "review"), 403, "missing_scope"),
    ):
        answer = client.post(address)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        image.refresh_from_db()
        assert not image.gold_wanted
        assert Label.objects.count() == 1

    asked, again = (with_token(administrator).post(address) for _ in range(2))
    assert (asked.status_code, asked.json()["label"]) == (200, None)  # open again
    assert again.json() == asked.json()
    image.refresh_from_db()
    assert image.gold_wanted
    assert AuditEntry.objects.filter(action="image.gold_wanted").count() == 1


def test_why_it_came_is_told_after_the_answer(
    image: Image, outsider: User, reviewer: User, adjudicator: User
) -> None:
    address = f"{IMAGES}{image.pk}/why/"
    take_turns(reviewer=reviewer, limit=1, first=image.pk)
    client = with_token(reviewer)

    assert client.get(address).status_code == 404
    record_review(image_id=image.pk, reviewer=reviewer, answer="human")
    assert client.get(address).json() == {"why": "You opened it"}
    Showing.objects.update(why=Why.GOLD)
    test = client.get(address).json()
    Showing.objects.update(why=Why.AUDIT)
    assert client.get(address).json() == test == {"why": "Drawn by chance, to measure with"}
    Showing.objects.all().delete()
    assert client.get(address).json() == {"why": None}
    assert with_token(outsider).get(address).status_code == 403
    assert with_token(adjudicator).get(address).status_code == 404
