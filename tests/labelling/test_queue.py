"""What a reviewer sees next."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import pytest

from classifier.queries import production_version
from labelling.models import Image, User
from labelling.queue import next_images, open_images, waiting_count
from labelling.services.review import ask_for_gold, record_review, undo_last_review
from tests.labelling.rows import make_image, make_version, predict

pytestmark = pytest.mark.django_db


def picture(name: str, probability_ai: float | None = None, **fields: Any) -> Image:
    """A picture that knows its name; classified with ``probability_ai`` by the live version."""
    image = make_image(name, failure=name, **fields)
    if probability_ai is not None:
        predict(image, production_version() or make_version(7, live=True), probability_ai)
    return image


def queue(reviewer: User, limit: int = 99, exclude: Collection[UUID] = ()) -> list[str]:
    """The names of the next pictures."""
    return [image.failure for image in next_images(reviewer, limit, exclude)]


def test_the_most_uncertain_come_first_and_those_without_a_finding_last(reviewer: User) -> None:
    picture("waits")
    picture("sure ai", 0.99)
    picture("sure human", 0.02)
    picture("doubtful", 0.55)
    picture("more doubtful", 0.48)

    assert queue(reviewer) == ["more doubtful", "doubtful", "sure human", "sure ai", "waits"]
    assert queue(reviewer, 2) == ["more doubtful", "doubtful"]
    assert waiting_count(reviewer) == 5


def test_equals_come_in_the_order_in_which_they_were_received(reviewer: User) -> None:
    for name in ("first", "second", "third"):
        picture(name, 0.5)

    assert queue(reviewer) == ["first", "second", "third"]


def test_the_version_that_answers_counts_and_else_the_newest(reviewer: User) -> None:
    old, live = make_version(1), make_version(2, live=True)
    changed, stale = picture("changed its mind"), picture("not judged anew yet")
    predict(changed, old, 0.5)
    predict(changed, live, 0.99)
    predict(stale, old, 0.9)

    assert queue(reviewer) == ["not judged anew yet", "changed its mind"]


def test_what_is_settled_is_gone_for_everybody(reviewer: User, second_reviewer: User) -> None:
    image = picture("settled", 0.5)
    picture("open", 0.9)
    record_review(image_id=image.pk, reviewer=reviewer, answer="ai")

    assert queue(reviewer) == queue(second_reviewer) == ["open"]
    assert waiting_count(reviewer) == waiting_count(second_reviewer) == 1


def test_unsure_takes_a_picture_away_from_that_reviewer_only(
    reviewer: User, second_reviewer: User
) -> None:
    image = picture("hard", 0.5)
    record_review(image_id=image.pk, reviewer=reviewer, answer="unsure")

    assert queue(reviewer) == []
    assert queue(second_reviewer) == ["hard"]


def test_an_undo_brings_the_picture_back(reviewer: User) -> None:
    image = picture("again", 0.5)
    record_review(image_id=image.pk, reviewer=reviewer, answer="ai")
    undo_last_review(reviewer=reviewer)

    assert queue(reviewer) == ["again"]


def test_gold_wants_a_second_person(
    reviewer: User, second_reviewer: User, administrator: User
) -> None:
    image = picture("gold", 0.5)
    ask_for_gold(image_id=image.pk, by=administrator)
    record_review(image_id=image.pk, reviewer=reviewer, answer="ai")

    assert queue(reviewer) == []
    assert queue(second_reviewer) == ["gold"]
    record_review(image_id=image.pk, reviewer=second_reviewer, answer="ai")
    assert queue(administrator) == []


def test_where_people_disagree_nobody_is_asked_again(
    reviewer: User, second_reviewer: User, administrator: User
) -> None:
    image = picture("disputed", 0.5)
    record_review(image_id=image.pk, reviewer=reviewer, answer="ai")
    record_review(image_id=image.pk, reviewer=second_reviewer, answer="human")

    assert queue(administrator) == []


def test_what_failed_or_is_excluded_does_not_come(reviewer: User) -> None:
    picture("broken", state=Image.State.FAILED)
    shown = picture("on the screen", 0.5)
    picture("next", 0.6)

    assert queue(reviewer, exclude=[shown.pk]) == ["next"]


def test_the_queue_needs_two_queries_however_long_it_is(
    reviewer: User, django_assert_num_queries
) -> None:
    for number in range(12):
        picture(f"{number}", 0.5)

    with django_assert_num_queries(2):
        assert len(next_images(reviewer, 10)) == 10
    with django_assert_num_queries(1):
        assert waiting_count(reviewer) == 12


def test_a_reviewers_votes_are_found_by_picture_and_not_one_after_another(reviewer: User) -> None:
    """By the reviewer alone, 100,000 pictures and 80,000 votes took more than ten minutes."""
    assert "review_on_image" in open_images(reviewer).explain()
