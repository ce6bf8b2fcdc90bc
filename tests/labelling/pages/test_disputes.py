"""Disputes on the pages: the form, the dispute's own page, the adjudicators' list."""

import re

import pytest

from labelling.models import Dispute, Image, Label, User
from labelling.services.disputes import answer_dispute, open_dispute
from labelling.services.review import record_review
from tests.labelling.pages.conftest import TOLD, find

REASON = "I painted it with gouache in 2019."


@pytest.fixture
def opened(picture, outsider: User) -> Dispute:
    return open_dispute(image_id=picture(outsider).pk, by=outsider, reason=REASON)


def text_of(client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


# --- from the picture's page -----------------------------------------------------------------


def test_whoever_handed_it_in_finds_the_form_and_nobody_else(
    browse, picture, outsider, reviewer, adjudicator, administrator
) -> None:
    image, other = picture(outsider), picture(outsider)
    record_review(image_id=image.pk, reviewer=reviewer, answer="ai")
    page = f"/images/{image.pk}/"
    assert "This is wrong" in text_of(browse(outsider), page)
    assert "This is wrong" not in text_of(browse(reviewer), f"/images/{other.pk}/")
    for person in (reviewer, adjudicator, administrator):
        assert "This is wrong" not in text_of(browse(person), page)


def test_the_form_comes_with_the_finding(browse, picture, version, outsider, worker_seen) -> None:
    image = picture(outsider, None)
    client, part = browse(outsider), f"/images/{image.pk}/disputing/"
    before = text_of(client, f"/images/{image.pk}/")
    assert "This is wrong" not in before
    assert f'hx-get="{part}" hx-trigger="found from:body"' in before
    assert "This is wrong" not in text_of(client, part)
    find(image, version, 0.9)
    assert "This is wrong" in text_of(client, part)


def test_a_dispute_is_opened_and_leads_to_its_own_page(browse, picture, outsider) -> None:
    image, client = picture(outsider), browse(outsider)
    answer = client.post(f"/images/{image.pk}/dispute/", {"reason": REASON})
    dispute = Dispute.objects.get()
    assert (answer.status_code, answer.url) == (302, f"/disputes/{dispute.pk}/")
    page = text_of(client, f"/images/{image.pk}/")
    assert "This is wrong" not in page
    assert f'href="/disputes/{dispute.pk}/"' in page


def test_a_reason_that_does_not_do_comes_back_with_what_was_written(
    browse, picture, outsider
) -> None:
    image, client = picture(outsider), browse(outsider)
    answer = client.post(f"/images/{image.pk}/dispute/", {"reason": "<b>no</b>"})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "from 10 to 2,000 characters; this one has 9." in page
    assert "&lt;b&gt;no&lt;/b&gt;" in page
    assert not Dispute.objects.exists()


def test_other_reviewers_stay_blind_to_it(
    browse, opened: Dispute, reviewer, second_reviewer
) -> None:
    record_review(image_id=opened.image_id, reviewer=second_reviewer, answer="ai")
    for person in (reviewer, second_reviewer):
        client = browse(person)
        assert "/disputes/" not in text_of(client, f"/images/{opened.image_id}/")
        assert client.get(f"/disputes/{opened.pk}/").status_code == 404
        assert client.get("/disputes/").status_code == 403


# --- its own page ----------------------------------------------------------------------------


def test_the_opener_sees_what_was_said_and_how_far_it_is(
    browse, opened: Dispute, version, outsider, reviewer
) -> None:
    page = text_of(browse(outsider), f"/disputes/{opened.pk}/")
    for words in (TOLD, "AI-made", "Version 7", REASON, "Two people look at it", "Withdraw it"):
        assert words in page
    assert "Send the answer" not in page

    record_review(image_id=opened.image_id, reviewer=reviewer, answer="human")
    page = text_of(browse(outsider), f"/disputes/{opened.pk}/")
    assert reviewer.username not in page
    assert "badge human" not in page


def test_what_another_version_says_now_is_shown_beside_it(
    browse, opened: Dispute, version, outsider
) -> None:
    version.state = "archived"
    version.save()
    later = version
    later.pk, later.number, later.digest, later.state = None, 8, "e" * 64, "production"
    later.save()
    find(opened.image, later, 0.0312)
    page = text_of(browse(outsider), f"/disputes/{opened.pk}/")
    assert TOLD in page
    assert "Version 8, which answers now, says" in page
    assert "3%" in page


def test_an_adjudicator_sees_the_votes_and_not_whose_dispute_it_is(
    browse, opened: Dispute, outsider, reviewer, adjudicator, administrator
) -> None:
    record_review(image_id=opened.image_id, reviewer=reviewer, answer="human")
    page = text_of(browse(adjudicator), f"/disputes/{opened.pk}/")
    assert reviewer.username in page
    assert outsider.username not in page
    assert "Send the answer" in page
    assert outsider.username in text_of(browse(administrator), f"/disputes/{opened.pk}/")


def test_where_people_have_settled_it_the_answer_is_offered(
    browse, opened: Dispute, outsider, reviewer, second_reviewer, adjudicator
) -> None:
    for person in (reviewer, second_reviewer):
        record_review(image_id=opened.image_id, reviewer=person, answer="human")
    assert "Two people looked and settled it as made by a person" in text_of(
        browse(outsider), f"/disputes/{opened.pk}/"
    )
    client = browse(adjudicator)
    answer = client.get(f"/disputes/{opened.pk}/")
    assert answer.context["decision"] == "human"
    prepared = answer.context["answer"]
    assert prepared.startswith("Two people looked at this picture, unseen by each other, and")
    assert 'value="human" required checked' in answer.content.decode()

    client.post(f"/disputes/{opened.pk}/answer/", {"decision": "human", "answer": prepared})

    opened.refresh_from_db()
    assert (opened.state, opened.answer) == ("accepted", prepared)
    page = text_of(browse(outsider), f"/disputes/{opened.pk}/")
    assert "Accepted: people found that the verdict was not right" in page
    assert "Thank you for telling us." in page
    assert not re.search(rf"\b{adjudicator.username}\b", page)


def test_an_answer_without_words_comes_back_with_the_decision(
    browse, opened: Dispute, adjudicator
) -> None:
    sent = {"decision": "ai", "answer": " "}
    answer = browse(adjudicator).post(f"/disputes/{opened.pk}/answer/", sent)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "The answer must have from 1 to 2,000 characters" in page
    assert 'value="ai" required checked' in page
    assert not Label.objects.exists()


def test_nobody_answers_their_own(browse, picture, adjudicator) -> None:
    own = open_dispute(image_id=picture(adjudicator).pk, by=adjudicator, reason=REASON)
    client = browse(adjudicator)
    assert "Send the answer" not in text_of(client, f"/disputes/{own.pk}/")
    sent = {"decision": "human", "answer": "Mine."}
    assert client.post(f"/disputes/{own.pk}/answer/", sent).status_code == 403
    own.refresh_from_db()
    assert own.state == "open"


def test_a_stranger_signs_in_first(client, opened: Dispute) -> None:
    for path in (f"/disputes/{opened.pk}/", "/disputes/"):
        assert client.get(path).url == f"/accounts/login/?next={path}"


# --- the adjudicators' list ------------------------------------------------------------------


def rows(client, show: str = "") -> list[int]:
    return [row.pk for row, *_ in client.get("/disputes/", {"show": show}).context["rows"]]


def test_the_longest_waiting_comes_first_and_what_is_answered_apart(
    browse, picture, outsider, adjudicator, administrator
) -> None:
    first, second, third = (
        open_dispute(image_id=picture(outsider).pk, by=outsider, reason=REASON) for _ in range(3)
    )
    answer_dispute(dispute_id=second.pk, by=adjudicator, decision="human", answer="We see.")
    for person in (adjudicator, administrator):
        client = browse(person)
        assert rows(client) == [first.pk, third.pk]
        assert rows(client, "answered") == [second.pk]
        assert rows(client, "withdrawn") == []
        assert rows(client, "banana") == [first.pk, third.pk]


def test_the_list_says_what_people_settled_meanwhile(
    browse, opened: Dispute, reviewer, second_reviewer, adjudicator
) -> None:
    assert "Waits for people" in text_of(browse(adjudicator), "/disputes/")
    for person in (reviewer, second_reviewer):
        record_review(image_id=opened.image_id, reviewer=person, answer="ai")
    assert "Two people looked and settled it as made by AI" in text_of(
        browse(adjudicator), "/disputes/"
    )


def test_more_disputes_need_no_more_queries(
    browse, picture, outsider, adjudicator, reviewer, django_assert_num_queries
) -> None:
    client = browse(adjudicator)
    for more in (1, 8):
        for _ in range(more):
            image: Image = picture(outsider)
            open_dispute(image_id=image.pk, by=outsider, reason=REASON)
            record_review(image_id=image.pk, reviewer=reviewer, answer="unusable")
        with django_assert_num_queries(12):
            assert client.get("/disputes/").status_code == 200


def test_the_history_leads_to_it_only_those_who_may_open_it(
    browse, opened: Dispute, outsider, reviewer, adjudicator
) -> None:
    record_review(image_id=opened.image_id, reviewer=reviewer, answer="ai")
    history, own = f"/images/{opened.image_id}/history/", f'href="/disputes/{opened.pk}/"'
    for person in (outsider, adjudicator):
        assert own in text_of(browse(person), history)
    assert own not in text_of(browse(reviewer), history)
