"""The page of one picture, and the part of it that waits."""

import re

import pytest

from labelling.models import Image
from labelling.services.findings import record_failure
from labelling.services.review import record_review
from tests.labelling.pages.conftest import TOLD, find


def page_of(client, image: Image) -> str:
    answer = client.get(f"/images/{image.pk}/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_whoever_handed_it_in_sees_word_number_bar_and_evidence(browse, picture, outsider) -> None:
    image = picture(outsider)
    page = page_of(browse(outsider), image)
    assert "AI-made" in page
    assert TOLD in page
    assert "The detector gives no answer between 31 and 72%." in page
    assert "Of 100 test pictures with a figure like this, about 87 were AI-made." in page
    assert "about 2 of 100 human-made ones came out as AI-made" in page
    assert "Version 7" in page
    assert image.sha256 in page
    assert "every 1s" not in page


@pytest.mark.parametrize("path", ["", "finding/"])
def test_nobody_sees_a_picture_that_is_not_theirs(
    browse, picture, outsider, reviewer, path
) -> None:
    image = picture(reviewer)
    answer = browse(outsider).get(f"/images/{image.pk}/{path}")
    assert answer.status_code == 404
    assert image.sha256 not in answer.content.decode()


def test_a_stranger_is_sent_to_log_in(client, picture) -> None:
    image = picture(None)
    answer = client.get(f"/images/{image.pk}/")
    assert answer.url == f"/accounts/login/?next=/images/{image.pk}/"
    waiting = client.get(f"/images/{image.pk}/finding/")
    assert waiting.status_code == 286
    assert "Log in to see it" in waiting.content.decode()
    assert TOLD not in waiting.content.decode()


@pytest.mark.parametrize("path", ["", "finding/"])
def test_a_reviewer_is_blind_until_their_own_vote(
    browse, picture, reviewer, second_reviewer, outsider, path
) -> None:
    image = picture(outsider)
    record_review(image_id=image.pk, reviewer=second_reviewer, answer="human")
    address = f"/images/{image.pk}/{path}"

    before = browse(reviewer).get(address).content.decode()
    assert_blind(before)
    assert second_reviewer.username not in before

    record_review(image_id=image.pk, reviewer=reviewer, answer="ai")
    assert TOLD in browse(reviewer).get(address).content.decode()


def assert_blind(page: str) -> None:
    """Neither the finding nor a vote, in words, figures, colours or the bar."""
    assert TOLD not in page
    assert "AI-made" not in page
    assert "Version 7" not in page
    assert not re.search(r"badge (ai|human|unsure|uncertain)", page)
    assert 'class="bar"' not in page
    assert "Review it blind" in page


def test_votes_show_after_ones_own(browse, picture, reviewer, second_reviewer) -> None:
    image = picture(reviewer)
    record_review(image_id=image.pk, reviewer=second_reviewer, answer="human")
    before = page_of(browse(reviewer), image)
    assert TOLD in before, "it is their own picture"
    assert second_reviewer.username not in before
    assert "badge human" not in before
    assert "<dt>Settled</dt>" not in before

    record_review(image_id=image.pk, reviewer=reviewer, answer="human")
    after = page_of(browse(reviewer), image)
    assert second_reviewer.username in after
    assert "badge human" in after


def test_the_one_who_handed_it_in_is_told_what_was_settled_and_no_votes(
    browse, picture, reviewer, outsider
) -> None:
    image = picture(outsider)
    assert "<dt>Settled</dt><dd>Not yet</dd>" in page_of(browse(outsider), image)
    record_review(image_id=image.pk, reviewer=reviewer, answer="human")
    page = page_of(browse(outsider), image)
    assert '<dt>Settled</dt><dd><span class="badge human">' in page
    assert page.count("badge human") == 1
    assert reviewer.username not in page
    assert "People say" not in page


def test_that_a_picture_is_no_use_is_told_as_a_settlement(
    browse, picture, reviewer, outsider
) -> None:
    image = picture(outsider)
    record_review(image_id=image.pk, reviewer=reviewer, answer="unusable")
    for person in (outsider, reviewer):
        page = page_of(browse(person), image)
        assert '<dt>Settled</dt><dd><span class="badge unusable">' in page


def test_whoever_adjudicates_sees_the_votes_at_once(
    browse, picture, reviewer, second_reviewer, adjudicator, administrator
) -> None:
    image = picture(None)
    record_review(image_id=image.pk, reviewer=reviewer, answer="unsure")
    assert reviewer.username not in page_of(browse(second_reviewer), image)
    for person in (adjudicator, administrator):
        assert reviewer.username in page_of(browse(person), image)


def test_the_page_waits_and_stops_waiting(browse, picture, outsider, version, worker_seen) -> None:
    image = picture(outsider, None)
    client = browse(outsider)
    address = f"/images/{image.pk}/finding/"
    assert f'hx-get="{address}?seen=waiting" hx-trigger="every 1s"' in page_of(client, image)
    assert client.get(address, {"seen": "waiting"}).status_code == 204

    find(image, version, 0.9)

    done = client.get(address, {"seen": "waiting"})
    assert done.status_code == 200
    assert "AI-made" in done.content.decode()
    assert "hx-get" not in done.content.decode()


def test_a_silent_detector_is_said_and_asked_for_again(browse, picture, outsider) -> None:
    image = picture(outsider, None)
    page = page_of(browse(outsider), image)
    assert "No detector has been seen for 30 seconds. Your picture is kept safe" in page
    assert "?seen=silent" in page


def test_a_failure_is_told_in_words(browse, picture, outsider) -> None:
    image = picture(outsider, None)
    record_failure(image_id=image.pk, code="corrupt_picture", message="It ends in the middle.")
    page = page_of(browse(outsider), image)
    assert "It ends in the middle. The original is kept as it came." in page
    assert "every 1s" not in page


def test_a_failure_is_no_secret_to_reviewers(browse, picture, outsider, reviewer) -> None:
    image = picture(outsider, None)
    record_failure(image_id=image.pk, code="corrupt_picture", message="It ends in the middle.")
    assert "It ends in the middle." in page_of(browse(reviewer), image)
    assert "Could not be judged" in browse(reviewer).get("/images/").content.decode()


def test_only_an_administrator_may_ask_for_gold(
    browse, picture, reviewer, second_reviewer, outsider, administrator
) -> None:
    image = picture(outsider)
    for person in (reviewer, second_reviewer, outsider):
        assert browse(person).post(f"/images/{image.pk}/gold/").status_code == 403
        image.refresh_from_db()
        assert not image.gold_wanted
    assert "Measure with this picture" in page_of(browse(administrator), image)
    answer = browse(administrator).post(f"/images/{image.pk}/gold/")
    assert (answer.status_code, answer.url) == (302, f"/images/{image.pk}/")
    image.refresh_from_db()
    assert image.gold_wanted


def test_a_file_name_is_shown_to_nobody_but_its_owner(browse, picture, outsider, reviewer) -> None:
    image = picture(outsider)
    assert "mine.jpg" in page_of(browse(outsider), image)
    assert "mine.jpg" not in page_of(browse(reviewer), image)


def test_a_hostile_file_name_is_only_text(browse, picture, outsider) -> None:
    image = picture(outsider)
    image.submissions.update(filename='"><script>alert(1)</script>')
    page = page_of(browse(outsider), image)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_how_often_others_handed_it_in_is_told_only_to_reviewers(
    browse, picture, outsider, reviewer
) -> None:
    image = picture(outsider)
    image.submissions.create(submitter=reviewer, channel="page")
    assert "handed in" not in page_of(browse(outsider), image)
    assert "handed in 2 times" in page_of(browse(reviewer), image)
