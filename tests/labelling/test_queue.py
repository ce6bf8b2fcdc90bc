"""What a reviewer sees next."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from classifier.detector.scoring import Score
from classifier.queries import production_version
from classifier.vocabulary import Verdict
from labelling.audit import place_by_chance
from labelling.models import Embedding, Image, Label, Prediction, Review, User
from labelling.permissions import REVIEWERS
from labelling.queue import next_images, open_images, waiting_count
from labelling.services.findings import record_score, record_scores
from labelling.services.places import refresh_places
from labelling.services.review import ask_for_gold, record_review, undo_last_review
from tests.labelling.rows import make_image, make_version, predict
from tests.people import make_person

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


def test_what_the_version_that_answers_says_counts_else_what_the_newest_said(
    reviewer: User,
) -> None:
    old, live, shadow = make_version(1), make_version(2, live=True), make_version(3)
    for name, said in {"sure now": 0.99, "in doubt now": 0.6}.items():
        image = picture(name)
        predict(image, old, 0.5)
        predict(image, live, said)
        predict(image, shadow, 0.5)
    picture("waits")
    predict(picture("was sure"), old, 0.9)
    predict(picture("was in doubt"), old, 0.5)

    assert queue(reviewer) == ["was in doubt", "in doubt now", "was sure", "sure now", "waits"]


def test_what_is_doubted_comes_first_the_longest_first(reviewer: User) -> None:
    picture("open", 0.5)
    picture("asked later", 0.99, doubted_at=datetime(2026, 2, 2, tzinfo=UTC))
    picture("asked before", 0.99, doubted_at=datetime(2026, 1, 1, tzinfo=UTC))

    assert queue(reviewer) == ["asked before", "asked later", "open"]


def test_four_reviewers_in_turn_get_the_order_that_one_alone_would_get() -> None:
    for number in range(12):
        look_alike(picture(f"{number}", 0.5 + number / 40), angle=number // 2)
    people = [make_person(f"reviewer-{number}", REVIEWERS) for number in range(4)]
    alone = answer_all([people[0]])
    undo_everything()

    assert len(alone) == 12
    assert answer_all(people) == alone


def test_near_twins_stand_back_and_come_later(reviewer: User) -> None:
    look_alike(picture("first", 0.50), angle=0)
    look_alike(picture("its twin", 0.51), angle=0)
    look_alike(picture("another", 0.60), angle=1)
    look_alike(picture("a third", 0.70), angle=2)

    assert queue(reviewer, 3) == ["first", "another", "a third"]
    assert queue(reviewer) == ["first", "another", "a third", "its twin"]


def test_a_twin_of_what_was_just_answered_stands_back(
    reviewer: User, second_reviewer: User
) -> None:
    answered = picture("answered", 0.50)
    look_alike(answered, angle=0)
    look_alike(picture("its twin", 0.51), angle=0)
    look_alike(picture("another", 0.60), angle=1)
    look_alike(picture("a third", 0.70), angle=2)
    record_review(image_id=answered.pk, reviewer=reviewer, answer="ai")

    assert queue(second_reviewer) == ["another", "a third", "its twin"]


def test_an_audit_picture_has_a_place_by_chance_whatever_any_version_says(reviewer: User) -> None:
    version = make_version(1, live=True)
    sample, other = picture("in the sample", audit=True), picture("not in it")
    place = place_by_chance(sample.sha256)
    assert 0 <= place < 1
    assert place != place_by_chance(other.sha256)
    scores = {image.pk: Score(0.5, 0.0, Verdict.UNCERTAIN, (), 0.75) for image in (sample, other)}

    record_scores(version=version, scores=scores)
    record_score(image_id=sample.pk, version=make_version(2), score=scores[sample.pk])

    said = Prediction.objects.order_by("version__number")
    assert list(said.filter(image=sample).values_list("priority", flat=True)) == [place, place]
    assert said.get(image=other).priority == 0.75


def look_alike(image: Image, *, angle: int) -> None:
    """Store what the network saw: pictures of one angle look alike, those of others do not."""
    vector = np.zeros(8, dtype="<f4")
    vector[angle] = 1.0
    Embedding.objects.create(image=image, backbone_digest="b" * 64, vector=vector.tobytes())


def answer_all(people: list[User]) -> list[str]:
    """The names of all pictures as these people get and answer them in turn."""
    given: list[str] = []
    while following := next_images(people[len(given) % len(people)], limit=1):
        whose = people[len(given) % len(people)]
        record_review(image_id=following[0].pk, reviewer=whose, answer="human")
        given.append(following[0].failure)
    return given


def undo_everything() -> None:
    Review._base_manager.all().delete()
    Label.objects.all().delete()
    refresh_places(image_ids=Image.objects.values_list("pk", flat=True))


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


def test_a_pure_read_needs_five_queries_however_long_the_queue_is(
    reviewer: User, django_assert_num_queries
) -> None:
    for number in range(12):
        picture(f"{number}", 0.5)

    with django_assert_num_queries(5):
        assert len(next_images(reviewer, 10)) == 10
    with django_assert_num_queries(2):  # what nobody voted on, and what others have begun
        assert waiting_count(reviewer) == 12


def test_a_reviewers_votes_are_found_by_picture_and_not_one_after_another(reviewer: User) -> None:
    """By the reviewer alone, 100,000 pictures and 80,000 votes took more than ten minutes."""
    assert "review_on_image" in open_images(reviewer).explain()


def test_the_head_of_the_ranking_is_read_from_an_index(reviewer: User) -> None:
    version = make_version(1, live=True)
    ranking = open_images(reviewer).filter(predictions__version=version)

    assert "prediction_to_ask" in ranking.order_by("-predictions__priority")[:9].explain()
