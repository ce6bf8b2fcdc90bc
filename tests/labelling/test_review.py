"""Votes are appended, labels follow from them, and only those who may can vote."""

from uuid import uuid4

import pytest

from classifier.errors import NotAllowed
from labelling.announcements import label_settled
from labelling.errors import Conflict, InvalidRequest, NotFound
from labelling.models import Image, Label, Review, User
from labelling.queries import recent_reviews, standing_reviews
from labelling.services.review import ask_for_gold, record_review, undo_last_review
from tests.labelling.rows import make_image
from tests.labelling.traces import received

pytestmark = pytest.mark.django_db


@pytest.fixture
def image() -> Image:
    return make_image("one")


def vote(image: Image, person: User, answer: str) -> Review:
    return record_review(image_id=image.pk, reviewer=person, answer=answer)


def label_of(image: Image) -> tuple[str, bool] | None:
    return Label.objects.filter(image=image).values_list("value", "gold").first()


@pytest.mark.parametrize("answer", ["ai", "human"])
def test_one_vote_settles_a_picture(image: Image, reviewer: User, answer: str) -> None:
    review = vote(image, reviewer, answer)

    assert (review.image, review.reviewer, review.answer) == (image, reviewer, answer)
    assert label_of(image) == (answer, False)


def test_unsure_is_kept_and_settles_nothing(image: Image, reviewer: User) -> None:
    vote(image, reviewer, "unsure")

    assert label_of(image) is None
    assert [review.answer for review in standing_reviews(image)] == ["unsure"]


def test_disagreement_unsettles_a_picture(
    image: Image, reviewer: User, second_reviewer: User
) -> None:
    vote(image, reviewer, "ai")
    vote(image, second_reviewer, "human")

    assert label_of(image) is None


def test_a_second_vote_of_the_same_person_is_a_conflict(image: Image, reviewer: User) -> None:
    vote(image, reviewer, "ai")

    with pytest.raises(Conflict):
        vote(image, reviewer, "human")

    assert Review.objects.count() == 1
    assert label_of(image) == ("ai", False)


def test_undo_appends_a_retraction_and_takes_the_label_back(image: Image, reviewer: User) -> None:
    review = vote(image, reviewer, "ai")

    assert undo_last_review(reviewer=reviewer) == review

    assert label_of(image) is None
    assert list(standing_reviews(image)) == []
    assert list(Review.objects.values_list("answer", "retracts")) == [
        ("ai", None),
        ("retracted", review.pk),
    ]


def test_after_an_undo_one_may_vote_again(image: Image, reviewer: User) -> None:
    vote(image, reviewer, "ai")
    undo_last_review(reviewer=reviewer)
    vote(image, reviewer, "human")

    assert label_of(image) == ("human", False)


def test_undo_goes_back_vote_by_vote(reviewer: User) -> None:
    images = [make_image(name) for name in ("one", "two")]
    reviews = [vote(image, reviewer, "ai") for image in images]

    assert [undo_last_review(reviewer=reviewer) for _ in range(3)] == [
        reviews[1],
        reviews[0],
        None,
    ]
    assert Label.objects.count() == 0


def test_undo_takes_back_only_ones_own_vote(
    image: Image, reviewer: User, second_reviewer: User
) -> None:
    vote(image, reviewer, "ai")

    assert undo_last_review(reviewer=second_reviewer) is None

    assert label_of(image) == ("ai", False)


def test_undoing_a_disagreement_settles_the_picture(
    image: Image, reviewer: User, second_reviewer: User
) -> None:
    vote(image, reviewer, "ai")
    vote(image, second_reviewer, "human")
    undo_last_review(reviewer=second_reviewer)

    assert label_of(image) == ("ai", False)


@pytest.mark.parametrize("answer", ["AI", "retracted", "", "maybe"])
def test_another_answer_is_refused(image: Image, reviewer: User, answer: str) -> None:
    with pytest.raises(InvalidRequest):
        vote(image, reviewer, answer)

    assert Review.objects.count() == 0


def test_a_picture_that_is_not_there_is_not_found(reviewer: User) -> None:
    with pytest.raises(NotFound):
        record_review(image_id=uuid4(), reviewer=reviewer, answer="ai")


def test_an_outsider_can_neither_vote_nor_undo(
    image: Image, reviewer: User, outsider: User
) -> None:
    vote(image, reviewer, "ai")

    with pytest.raises(NotAllowed):
        vote(image, outsider, "human")
    with pytest.raises(NotAllowed):
        undo_last_review(reviewer=outsider)

    assert Review.objects.count() == 1
    assert label_of(image) == ("ai", False)


def test_a_reviewer_who_has_left_can_no_longer_vote(image: Image, reviewer: User) -> None:
    reviewer.is_active = False

    with pytest.raises(NotAllowed):
        vote(image, reviewer, "ai")

    assert Review.objects.count() == 0


def test_two_people_who_agree_make_gold(
    image: Image, reviewer: User, second_reviewer: User, administrator: User
) -> None:
    ask_for_gold(image_id=image.pk, by=administrator)

    vote(image, reviewer, "ai")
    assert label_of(image) is None
    vote(image, second_reviewer, "ai")
    assert label_of(image) == ("ai", True)


def test_asking_for_gold_opens_a_label_of_one_vote_again(
    image: Image, reviewer: User, second_reviewer: User, administrator: User
) -> None:
    vote(image, reviewer, "ai")
    ask_for_gold(image_id=image.pk, by=administrator)

    assert label_of(image) is None
    vote(image, second_reviewer, "ai")
    assert label_of(image) == ("ai", True)


def test_two_votes_that_agree_already_are_gold_once_it_is_asked_for(
    image: Image, reviewer: User, second_reviewer: User, administrator: User
) -> None:
    vote(image, reviewer, "human")
    vote(image, second_reviewer, "human")
    assert label_of(image) == ("human", False)

    ask_for_gold(image_id=image.pk, by=administrator)

    assert label_of(image) == ("human", True)


def test_only_an_administrator_asks_for_gold(
    image: Image, reviewer: User, second_reviewer: User, outsider: User
) -> None:
    vote(image, reviewer, "ai")

    for person in (reviewer, second_reviewer, outsider):
        with pytest.raises(NotAllowed):
            ask_for_gold(image_id=image.pk, by=person)

    image.refresh_from_db()
    assert image.votes_wanted == 1
    assert label_of(image) == ("ai", False)


def test_what_is_settled_is_announced_after_the_commit(
    image: Image, reviewer: User, second_reviewer: User, django_capture_on_commit_callbacks
) -> None:
    with received(label_settled) as heard:
        with django_capture_on_commit_callbacks(execute=True):
            vote(image, reviewer, "ai")
            assert heard == []
        assert heard == [image.pk]
        with django_capture_on_commit_callbacks(execute=True):
            vote(image, second_reviewer, "ai")  # nothing new is settled
        assert heard == [image.pk]


def test_recent_reviews_are_ones_own_and_stand(
    reviewer: User, second_reviewer: User, django_assert_num_queries
) -> None:
    images = [make_image(f"{number}") for number in range(4)]
    mine = [vote(image, reviewer, "ai") for image in images]
    vote(images[0], second_reviewer, "ai")
    undo_last_review(reviewer=reviewer)

    with django_assert_num_queries(1):
        recent = recent_reviews(reviewer, limit=2)
        assert [review.image.sha256 for review in recent] == [images[2].sha256, images[1].sha256]
    assert recent == [mine[2], mine[1]]
