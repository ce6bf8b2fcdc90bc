"""Evidence on a picture's page: in rows, for those who may see it, in calm words."""

import pytest

from labelling.models import Image
from labelling.services.review import record_review
from tests.labelling.clues import (
    AI_PROMPT,
    DECLARED_AI,
    DECLARED_HUMAN,
    NEUTRAL,
    VERIFIED_HUMAN,
    give,
)
from tests.labelling.pages.conftest import find

AGAINST_HUMAN = "The file speaks for AI, the detector for a person."
AGAINST_AI = "The file speaks for a camera or a person, the detector for AI."
NEITHER = "Neither is proof, and neither changes the other: people decide."


def page_of(client, image: Image, path: str = "") -> str:
    answer = client.get(f"/images/{image.pk}/{path}")
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("path", ["", "evidence/"])
def test_each_clue_says_what_where_and_whether_it_was_verified(
    browse, picture, outsider, path
) -> None:
    image = picture(outsider)
    give(image, VERIFIED_HUMAN, DECLARED_AI)
    page = page_of(browse(outsider), image, path)
    verified, declared = page.split("<dt>Credentials</dt>")[1].split("<dt>Generator</dt>")
    assert "badge human" in verified
    assert "Verified" in verified
    assert "Declared" not in verified
    assert VERIFIED_HUMAN.where in verified
    assert VERIFIED_HUMAN.sentence in verified
    assert "badge ai" in declared
    assert "Declared" in declared.split("</dd>")[0]
    assert DECLARED_AI.where in declared
    assert f"Prompt: “{AI_PROMPT}”" in declared


@pytest.mark.parametrize(
    ("probability_ai", "clue", "words"),
    [(0.05, DECLARED_AI, AGAINST_HUMAN), (0.95, VERIFIED_HUMAN, AGAINST_AI)],
)
def test_a_contradiction_is_said_calmly(
    browse, picture, outsider, probability_ai, clue, words
) -> None:
    image = picture(outsider, probability_ai)
    give(image, clue)
    page = page_of(browse(outsider), image)
    assert f"{words} {NEITHER}" in page


@pytest.mark.parametrize(
    ("probability_ai", "clue"),
    [(0.95, DECLARED_AI), (0.95, DECLARED_HUMAN), (0.5, DECLARED_AI), (0.05, NEUTRAL)],
)
def test_where_nothing_contradicts_nothing_is_said(
    browse, picture, outsider, probability_ai, clue
) -> None:
    image = picture(outsider, probability_ai)
    give(image, clue)
    assert NEITHER not in page_of(browse(outsider), image)


def test_a_neutral_clue_takes_no_side(browse, picture, outsider) -> None:
    image = picture(outsider)
    give(image, NEUTRAL)
    row = page_of(browse(outsider), image).split("<dt>Credentials</dt>")[1].split("</dd>")[0]
    assert NEUTRAL.sentence in row
    assert "badge ai" not in row
    assert "badge human" not in row


@pytest.mark.parametrize("path", ["", "evidence/", "finding/"])
def test_a_reviewer_is_blind_to_it_until_their_own_vote(
    browse, picture, reviewer, second_reviewer, outsider, path
) -> None:
    image = picture(outsider, 0.05)
    give(image, DECLARED_AI, VERIFIED_HUMAN)
    record_review(image_id=image.pk, reviewer=second_reviewer, answer="unsure")

    blind = page_of(browse(reviewer), image, path)
    for told in (AI_PROMPT, "Example Dreamer", "Verified", "Declared", NEITHER, "Generator"):
        assert told not in blind

    for person in (second_reviewer, outsider):
        open_page = page_of(browse(person), image, path)
        assert (AI_PROMPT in open_page) is (path != "finding/")


def test_the_blind_page_says_when_it_opens(browse, picture, reviewer, outsider) -> None:
    image = picture(outsider)
    page = page_of(browse(reviewer), image)
    assert "<dt>The file says</dt>" in page
    assert "Shown after your own answer" in page


def test_the_blind_page_is_the_same_whether_there_is_evidence_or_not(
    browse, picture, reviewer, outsider
) -> None:
    image = picture(outsider)
    before = page_of(browse(reviewer), image, "evidence/")
    give(image, DECLARED_AI)
    assert page_of(browse(reviewer), image, "evidence/") == before


def test_nobody_sees_evidence_of_a_picture_that_is_not_theirs(
    browse, picture, outsider, reviewer
) -> None:
    image = picture(reviewer)
    give(image, DECLARED_AI)
    answer = browse(outsider).get(f"/images/{image.pk}/evidence/")
    assert answer.status_code == 404
    assert AI_PROMPT not in answer.content.decode()


def test_a_stranger_is_sent_to_log_in(client, picture) -> None:
    image = picture(None)
    answer = client.get(f"/images/{image.pk}/evidence/")
    assert answer.url == f"/accounts/login/?next=/images/{image.pk}/evidence/"


def test_a_hostile_prompt_is_only_text(browse, picture, outsider) -> None:
    image = picture(outsider)
    give(image, DECLARED_AI)
    image.evidence.update(prompt="<script>alert(1)</script>", tool='"><img onerror=x>')
    page = page_of(browse(outsider), image)
    assert "<script>alert" not in page
    assert "<img onerror" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_a_file_that_says_nothing_and_one_that_nobody_read_are_told_apart(
    browse, picture, outsider
) -> None:
    image = picture(outsider)
    assert "Not read yet" in page_of(browse(outsider), image)
    give(image)
    page = page_of(browse(outsider), image)
    assert "Nothing of where it comes from. Most files do not." in page
    assert "Not read yet" not in page


def test_a_page_that_waits_fetches_the_evidence_with_the_finding(
    browse, picture, outsider, version, worker_seen
) -> None:
    image = picture(outsider, None)
    client = browse(outsider)
    page = page_of(client, image)
    assert f'hx-get="/images/{image.pk}/evidence/" hx-trigger="found from:body"' in page
    find(image, version, 0.9)
    give(image, DECLARED_AI)
    found = page_of(client, image, "evidence/")
    assert AI_PROMPT in found
    assert "hx-get" not in found


def test_evidence_is_one_query(browse, picture, outsider, django_assert_num_queries) -> None:
    image = picture(outsider)
    client = browse(outsider)
    give(image, DECLARED_AI)
    with django_assert_num_queries(19):
        page_of(client, image, "evidence/")
    give(image, VERIFIED_HUMAN, DECLARED_AI, DECLARED_HUMAN)
    with django_assert_num_queries(19):
        page_of(client, image, "evidence/")
