"""Votes are appended, labels follow from them, and only those who may can vote."""

from uuid import uuid4

import pytest

from classifier.errors import NotAllowed
from labelling.announcements import label_settled
from labelling.errors import Conflict, InvalidRequest, NotFound
from labelling.models import Image, Label, Review, Submission, User
from labelling.queries import recent_reviews, standing_reviews
from labelling.second_votes import waiting_for_another
from labelling.services.review import (
    ask_for_gold,
    ask_for_second_look,
    keep_as_regression,
    record_review,
    undo_last_review,
)
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
    assert not image.gold_wanted
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


# --- one's own pictures ----------------------------------------------------------------------


@pytest.fixture
def own(reviewer: User) -> Image:
    """A picture that the first reviewer handed in."""
    return make_image("mine", owner=reviewer)


def test_ones_own_picture_needs_somebody_elses_vote(
    own: Image, reviewer: User, second_reviewer: User
) -> None:
    vote(own, reviewer, "human")
    assert label_of(own) is None

    vote(own, second_reviewer, "human")
    assert label_of(own) == ("human", False)


def test_somebody_elses_vote_alone_settles_it(
    own: Image, reviewer: User, second_reviewer: User
) -> None:
    vote(own, second_reviewer, "ai")
    assert label_of(own) == ("ai", False)


def test_on_a_site_of_one_reviewer_ones_own_vote_has_to_do(own: Image, reviewer: User) -> None:
    vote(own, reviewer, "human")
    assert label_of(own) == ("human", False)


def test_somebody_without_the_role_is_no_second_reviewer(
    own: Image, reviewer: User, outsider: User
) -> None:
    vote(own, reviewer, "human")
    assert label_of(own) == ("human", False)


def test_two_who_handed_the_same_picture_in_settle_it_together(
    own: Image, reviewer: User, second_reviewer: User
) -> None:
    Submission.objects.create(image=own, submitter=second_reviewer, channel="page")

    vote(own, reviewer, "ai")
    assert label_of(own) is None
    vote(own, second_reviewer, "ai")
    assert label_of(own) == ("ai", False)


def test_handing_in_anothers_picture_takes_nothing_from_their_vote(
    image: Image, reviewer: User, second_reviewer: User
) -> None:
    Submission.objects.create(image=image, submitter=second_reviewer, channel="page")
    vote(image, reviewer, "ai")
    assert label_of(image) == ("ai", False)


def test_one_learns_that_somebody_else_has_to_agree(
    own: Image, image: Image, reviewer: User, second_reviewer: User, django_assert_num_queries
) -> None:
    votes = [vote(own, reviewer, "human"), vote(image, reviewer, "ai")]
    with django_assert_num_queries(1):
        assert waiting_for_another(reviewer, votes) == {own.pk}

    vote(own, second_reviewer, "ai")  # now they disagree
    assert waiting_for_another(reviewer, votes) == set()


# --- a second look ---------------------------------------------------------------------------


def test_a_second_look_opens_the_label_again_until_somebody_else_agrees(
    image: Image, reviewer: User, second_reviewer: User
) -> None:
    vote(image, reviewer, "ai")

    assert ask_for_second_look(image_ids=[image.pk]) == 1

    image.refresh_from_db()
    assert image.doubted_at is not None
    assert label_of(image) is None
    vote(image, second_reviewer, "ai")
    assert label_of(image) == ("ai", False), "it is confirmed, and no gold"


def test_a_second_look_is_asked_for_once(image: Image, reviewer: User) -> None:
    vote(image, reviewer, "ai")
    ask_for_second_look(image_ids=[image.pk])
    asked_at = Image.objects.get(pk=image.pk).doubted_at

    assert ask_for_second_look(image_ids=[image.pk]) == 0
    assert Image.objects.get(pk=image.pk).doubted_at == asked_at


def test_what_two_people_agree_on_is_not_looked_at_again(
    image: Image, reviewer: User, second_reviewer: User
) -> None:
    vote(image, reviewer, "ai")
    vote(image, second_reviewer, "ai")

    assert ask_for_second_look(image_ids=[image.pk]) == 0
    image.refresh_from_db()
    assert (label_of(image), image.doubted_at) == (("ai", False), None)


def test_voting_anew_is_no_second_look(image: Image, reviewer: User) -> None:
    vote(image, reviewer, "ai")
    ask_for_second_look(image_ids=[image.pk])
    undo_last_review(reviewer=reviewer)
    vote(image, reviewer, "ai")

    assert label_of(image) is None


def test_many_second_looks_need_as_many_queries_as_one(
    reviewer: User, django_assert_num_queries
) -> None:
    images = [make_image(f"{number}") for number in range(20)]
    for image in images:
        vote(image, reviewer, "ai")

    with django_assert_num_queries(19 + 1):  # each label that goes is an entry of the audit log
        ask_for_second_look(image_ids=[images[0].pk])
    with django_assert_num_queries(19 + 19):
        assert ask_for_second_look(image_ids=[image.pk for image in images]) == 19


# --- the regression set ----------------------------------------------------------------------


def test_an_administrator_keeps_a_settled_picture_for_ever(
    image: Image, reviewer: User, administrator: User
) -> None:
    vote(image, reviewer, "ai")

    kept = keep_as_regression(image_id=image.pk, by=administrator)
    again = keep_as_regression(image_id=image.pk, by=administrator)

    assert kept.regression_since is not None
    assert (again.regression_since, again.regression_by) == (kept.regression_since, administrator)
    assert label_of(image) == ("ai", False)


def test_what_is_not_settled_cannot_be_kept(image: Image, administrator: User) -> None:
    with pytest.raises(Conflict, match="not settled"):
        keep_as_regression(image_id=image.pk, by=administrator)

    image.refresh_from_db()
    assert (image.regression_since, image.regression_by) == (None, None)


def test_only_an_administrator_keeps_pictures(
    image: Image, reviewer: User, second_reviewer: User, outsider: User
) -> None:
    vote(image, reviewer, "ai")

    for person in (reviewer, second_reviewer, outsider):
        with pytest.raises(NotAllowed):
            keep_as_regression(image_id=image.pk, by=person)

    image.refresh_from_db()
    assert (image.regression_since, image.regression_by) == (None, None)


def test_what_is_not_there_cannot_be_kept(administrator: User) -> None:
    with pytest.raises(NotFound):
        keep_as_regression(image_id=uuid4(), by=administrator)
