"""A picture's life in one list, and what each person may know of it."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from labelling.history import Event, history_of, reader_of
from labelling.models import (
    Dispute,
    Flag,
    Image,
    Label,
    Prediction,
    Review,
    Showing,
    Submission,
    User,
)
from labelling.services.audit_log import write_entry
from labelling.services.disputes import answer_dispute, open_dispute
from labelling.services.review import ask_for_gold, keep_as_regression, record_review
from tests.labelling.pages.conftest import TOLD, MakePicture
from tests.people import make_person
from worker.models import DatasetSnapshot

Browse = Callable[[User], Client]
REASON = "I painted this in May."
NOTE = "The hands look odd."


@pytest.fixture
def uploader(db: None) -> User:
    return make_person("uli")


@pytest.fixture
def lived(picture: MakePicture, uploader: User, second_reviewer: User, adjudicator: User) -> Image:
    """A picture with one of everything, but no vote of the reviewer robin."""
    image = picture(uploader)
    now = timezone.now()
    version = Prediction.objects.get(image=image).version
    Submission.objects.create(image=image, channel="import", filename="midjourney_7.png")
    Showing.objects.create(
        image=image,
        person=second_reviewer,
        why="gold",
        probability=0.05,
        turn=1,
        shown_at=now,
        leased_until=now,
        ended_at=now,
        outcome="answered",
    )
    vote = Review.objects.create(image=image, reviewer=second_reviewer, answer="human", silent=True)
    Review.objects.create(image=image, reviewer=second_reviewer, answer="retracted", retracts=vote)
    Flag.objects.create(image=image, by=second_reviewer, note=NOTE)
    Dispute.objects.create(
        image=image,
        by=uploader,
        version=version,
        verdict="ai",
        probability_ai=0.87,
        reason=REASON,
        state="accepted",
        answer="You are right.",
        answered_by=adjudicator,
        answered_at=now,
    )
    Review.objects.create(
        image=image, reviewer=adjudicator, answer="human", adjudicates=True, note="Layers shown."
    )
    Label.objects.create(image=image, value="human", settled_at=now)
    settled = {"value": "human", "gold": False}
    write_entry(
        action="label.settled", subject=f"image:{image.pk}", by=adjudicator, after=settled, votes=[]
    )
    image.regression_since, image.regression_by = now + timedelta(seconds=1), adjudicator
    image.doubted_at, image.audit = now, True
    image.save()
    snapshot = DatasetSnapshot.objects.create(digest="5" * 64, manifest="m", ai=0, human=1, gold=0)
    snapshot.items.create(
        image=image, sha256=image.sha256, label="human", use="regression", group=image.sha256
    )
    return image


def events(image: Image, person: User) -> list[Event]:
    image = Image.objects.get(pk=image.pk)
    return history_of(image, reader_of(image, person))


def told(image: Image, person: User) -> set[tuple[str, str]]:
    return {(event.kind, event.by) for event in events(image, person)}


CSRF_TOKEN = re.compile(r'(?<=name="csrfmiddlewaretoken" value=")\w+')


def page(browse: Browse, person: User, image: Image) -> str:
    answer = browse(person).get(reverse("image-history", args=[image.pk]))
    assert answer.status_code == 200
    # The form's secret is drawn from letters, and now and then has somebody's name in it.
    return CSRF_TOKEN.sub("", answer.content.decode())


def test_an_administrator_reads_the_whole_life_in_order(
    lived: Image, administrator: User, browse: Browse
) -> None:
    life = events(lived, administrator)
    assert [event.at for event in life] == sorted((event.at for event in life), reverse=True)
    said = [(event.kind, event.words, event.by) for event in life]
    for wanted in (
        ("handed-in", "Handed in on the page", "uli"),
        ("handed-in", "Imported", ""),
        ("predicted", "Judged by version 7", ""),
        ("shown", "Shown, answered", "sasha"),
        ("answered", "Answered, as a silent test", "sasha"),
        ("answered", "Took the answer back", "sasha"),
        ("flagged", "Flagged", "sasha"),
        ("disputed", "Disputed", "uli"),
        ("disputed", "The dispute was accepted", "jo"),
        ("adjudicated", "Settled it as an adjudicator", "jo"),
        ("settled", "Settled", "jo"),
        ("marked", "Drawn for the audit sample, by chance", ""),
        ("marked", "A second person was asked whether the label is right", ""),
        ("marked", "Kept in the regression set for ever", "jo"),
        ("used", "Measured with as a regression, in snapshot 55555555", ""),
    ):
        assert said.count(wanted) == 1, wanted
    html = page(browse, administrator, lived)
    for words in (TOLD, REASON, NOTE, "Layers shown.", "midjourney_7.png", "silent test"):
        assert words in html
    assert f'href="/snapshots/{"5" * 64}/"' in html


def test_a_reviewer_who_is_blind_reads_nothing_that_tells(
    lived: Image, reviewer: User, browse: Browse
) -> None:
    assert told(lived, reviewer) == {("handed-in", "")}
    html = page(browse, reviewer, lived)
    for words in (
        TOLD,
        REASON,
        NOTE,
        "badge",
        "midjourney",
        "uli",
        "sasha",
        "Version 7",
        "snapshot",
    ):
        assert words not in html
    assert "The rest shows once you have answered" in html


def test_an_untouched_picture_looks_the_same_to_the_blind(
    lived: Image, picture: MakePicture, reviewer: User, uploader: User, browse: Browse
) -> None:
    """So that not even the number of lines tells that somebody was here before."""
    fresh = picture(uploader, None)
    Submission.objects.create(image=fresh, channel="import", filename="b.png")
    lines = page(browse, reviewer, lived).count('<li class="event')
    assert page(browse, reviewer, fresh).count('<li class="event') == lines


def test_a_blind_reviewer_reads_of_themselves(lived: Image, reviewer: User) -> None:
    now = timezone.now()
    Showing.objects.create(
        image=lived, person=reviewer, why="gold", probability=0.1, turn=2, shown_at=now,
        leased_until=now, ended_at=now, outcome="skipped",
    )  # fmt: skip
    vote = Review.objects.create(image=lived, reviewer=reviewer, answer="ai", silent=True)
    Review.objects.create(image=lived, reviewer=reviewer, answer="retracted", retracts=vote)
    own = [event for event in events(lived, reviewer) if event.by == "you"]
    assert sorted(event.words for event in own) == [
        "Answered",
        "Shown, skipped",
        "Took the answer back",
    ]
    assert all("gold" not in event.note and "settled" not in event.note for event in own)


def test_with_ones_own_vote_the_rest_opens_but_for_why_others_were_shown_it(
    lived: Image, reviewer: User, browse: Browse
) -> None:
    Review.objects.create(image=lived, reviewer=reviewer, answer="ai")
    known = told(lived, reviewer)
    assert {("answered", "sasha"), ("adjudicated", "jo"), ("settled", "jo"), ("used", "")} <= known
    assert ("disputed", "whoever handed it in") in known
    assert ("shown", "sasha") not in known
    html = page(browse, reviewer, lived)
    assert TOLD in html
    assert REASON in html
    for words in ("midjourney", "uli", "silent", "Why:", "audit sample", "once you have answered"):
        assert words not in html


def test_whoever_handed_it_in_reads_their_own_part(
    lived: Image, uploader: User, browse: Browse
) -> None:
    said = {(event.kind, event.words, event.by) for event in events(lived, uploader)}
    assert said == {
        ("handed-in", "Handed in on the page", "you"),
        ("predicted", "Judged by version 7", ""),
        ("disputed", "Disputed", "you"),
        ("disputed", "The dispute was accepted", ""),
        ("settled", "People have settled it", ""),
    }
    html = page(browse, uploader, lived)
    assert "mine.jpg" in html
    for words in (
        "sasha",
        ">jo<",
        " jo",
        NOTE,
        "Layers shown.",
        "midjourney",
        "snapshot",
    ):
        assert words not in html
    settled = html.split("People have settled it")[1].split("</p>")[0]
    assert html.count("badge human") == settled.count("badge human") == 1


def test_another_uploader_of_the_same_bytes_reads_nothing_of_the_first(
    lived: Image, outsider: User, browse: Browse
) -> None:
    Submission.objects.create(image=lived, submitter=outsider, channel="page", filename="his.jpg")
    html = page(browse, outsider, lived)
    assert "his.jpg" in html
    for words in ("mine.jpg", REASON, "uli", "ispute"):
        assert words not in html


def test_a_strangers_picture_has_no_history(lived: Image, outsider: User, browse: Browse) -> None:
    answer = browse(outsider).get(reverse("image-history", args=[lived.pk]))
    assert answer.status_code == 404
    assert REASON not in answer.content.decode()
    answer = Client().get(reverse("image-history", args=[lived.pk]))
    assert answer.status_code == 302


def test_the_page_of_a_picture_fetches_the_part_alone(
    lived: Image, administrator: User, browse: Browse
) -> None:
    address = reverse("image-history", args=[lived.pk])
    assert (
        f'hx-get="{address}"'
        in browse(administrator).get(lived.get_absolute_url()).content.decode()
    )
    part = browse(administrator).get(address, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert '<ol class="history">' in part
    assert "<html" in page(browse, administrator, lived)


@pytest.mark.parametrize("who", ["administrator", "reviewer", "uploader"])
def test_a_long_life_costs_as_many_queries_as_a_short_one(
    lived: Image, who: str, request: pytest.FixtureRequest, browse: Browse
) -> None:
    person = request.getfixturevalue(who)
    if who == "reviewer":
        Review.objects.create(image=lived, reviewer=person, answer="ai")
    before = cost(browse, person, lived)
    for number in range(12):
        one = make_person(f"p{number}")
        now = timezone.now()
        Submission.objects.create(image=lived, submitter=one, channel="api")
        Review.objects.create(image=lived, reviewer=one, answer="ai")
        Flag.objects.create(image=lived, by=one, note="?", resolved_by=one, resolved_at=now)
        Dispute.objects.create(
            image=lived, by=one, version=lived.predictions.get().version, verdict="ai",
            probability_ai=0.9, reason="No.", answered_by=one, answered_at=now, state="declined",
        )  # fmt: skip
        Showing.objects.create(
            image=lived, person=one, why="chosen", probability=1, turn=100 + number, shown_at=now,
            leased_until=now, ended_at=now, outcome="answered",
        )  # fmt: skip
        write_entry(action="label.changed", subject=f"image:{lived.pk}", after={"value": "ai"})
        snapshot = DatasetSnapshot.objects.create(
            digest=f"{number:064}", manifest="m", ai=0, human=1, gold=0
        )
        snapshot.items.create(image=lived, sha256=lived.sha256, label="ai", use="train", group="g")
    assert cost(browse, person, lived) == before


def cost(browse: Browse, person: User, image: Image) -> int:
    client = browse(person)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(reverse("image-history", args=[image.pk])).status_code == 200
    return len(asked)


def test_a_picture_that_measures_says_since_when_and_by_whom(
    picture: MakePicture, reviewer: User, second_reviewer: User, administrator: User
) -> None:
    image = picture(administrator)
    ask_for_gold(image_id=image.pk, by=administrator)
    assert [event.kind for event in events(image, reviewer)] == ["handed-in"]
    for person in (reviewer, second_reviewer):
        record_review(image_id=image.pk, reviewer=person, answer="human")
    keep_as_regression(image_id=image.pk, by=administrator)
    said = [(event.words, event.by) for event in events(image, reviewer)]
    assert said.count(("Two people were asked, to measure with it", "alex")) == 1
    assert said.count(("Settled, to measure with", "sasha")) == 1
    assert said.count(("Kept in the regression set for ever", "alex")) == 1
    assert ("Answered", "you") in said


def test_a_dispute_is_told_once(
    picture: MakePicture, outsider: User, adjudicator: User, administrator: User
) -> None:
    image = picture(outsider)
    dispute = open_dispute(image_id=image.pk, by=outsider, reason=REASON)
    answer_dispute(dispute_id=dispute.pk, by=adjudicator, decision="human", answer="You are right.")
    for person in (administrator, adjudicator, outsider):
        told = [event.words for event in events(image, person) if "ispute" in event.words]
        assert sorted(told) == ["Disputed", "The dispute was accepted"]


def test_bin_and_restore_are_told_also_to_the_blind(
    picture: MakePicture, reviewer: User, administrator: User
) -> None:
    image = picture(administrator)
    for action in ("image.binned", "image.restored", "image.something_new"):
        write_entry(action=action, subject=f"image:{image.pk}", by=administrator)
    moved: Any = [event.words for event in events(image, reviewer) if event.kind == "moved"]
    assert len(moved) == 2
    moved = [event.words for event in events(image, administrator) if event.kind == "moved"]
    assert "image: something new" in moved
    assert len(moved) == 3
