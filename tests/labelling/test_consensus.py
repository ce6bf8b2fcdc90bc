"""What settles a picture beyond a plain vote: unusable ones, adjudicators, retractions, policy."""

from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from classifier.errors import NotAllowed
from labelling.announcements import label_settled
from labelling.errors import Conflict, InvalidRequest, NotFound
from labelling.models import AuditEntry, Flag, Image, Label, QueueItem, QueuePolicy, Review, User
from labelling.queue import adjudication_queue
from labelling.services.flags import flag_image
from labelling.services.places import note_challenged, refresh_places
from labelling.services.queue_policy import save_queue_policy
from labelling.services.requeueing import is_outdated, requeue_everything, requeue_next
from labelling.services.review import (
    adjudicate,
    derive_label,
    lock_image,
    record_review,
    retract_review,
    undo_last_review,
)
from tests.labelling.queueing import set_policy
from tests.labelling.rows import make_image, make_version, predict
from tests.labelling.traces import received

pytestmark = pytest.mark.django_db


@pytest.fixture
def image(db: None) -> Image:
    return make_image("one")


def vote(image: Image, person: User, answer: str) -> Review:
    return record_review(image_id=image.pk, reviewer=person, answer=answer)


def label_of(image: Image) -> tuple[str, bool] | None:
    return Label.objects.filter(image=image).values_list("value", "gold").first()


def lane_of(image: Image) -> str | None:
    return QueueItem.objects.filter(image=image).values_list("lane", flat=True).first()


def is_unusable(image: Image) -> bool:
    return Image.objects.get(pk=image.pk).unusable


def entries(image: Image) -> list[tuple[str, str, Any, Any, list[int]]]:
    rows = AuditEntry.objects.filter(subject=f"image:{image.pk}", action__startswith="label")
    return [
        (row.action, row.actor, row.details["before"], row.details["after"], row.details["votes"])
        for row in rows.order_by("pk")
    ]


# --- unusable --------------------------------------------------------------------------------


def test_an_unusable_picture_has_no_label_no_place_and_announces_nothing(
    image: Image, reviewer: User, django_capture_on_commit_callbacks
) -> None:
    with received(label_settled) as heard, django_capture_on_commit_callbacks(execute=True):
        vote(image, reviewer, "unusable")

    assert (label_of(image), is_unusable(image), lane_of(image)) == (None, True, None)
    assert heard == []


def test_taking_unusable_back_opens_the_picture(image: Image, reviewer: User) -> None:
    vote(image, reviewer, "unusable")
    undo_last_review(reviewer=reviewer)
    assert (is_unusable(image), lane_of(image)) == (False, "ranked")


@pytest.mark.parametrize("other", ["ai", "human"])
def test_unusable_against_a_class_is_a_disagreement(
    image: Image, reviewer: User, second_reviewer: User, other: str
) -> None:
    vote(image, reviewer, "unusable")
    vote(image, second_reviewer, other)
    assert (label_of(image), is_unusable(image), lane_of(image)) == (None, False, "adjudication")


def test_too_many_unsure_go_before_an_adjudicator(
    image: Image, reviewer: User, second_reviewer: User
) -> None:
    vote(image, reviewer, "unsure")
    assert lane_of(image) == "ranked"
    vote(image, second_reviewer, "unsure")
    assert lane_of(image) == "adjudication"


# --- how many --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wants_two",
    [
        {"votes_wanted": 2},
        {"gold_wanted": True},
        {"doubted_at": timezone.now()},
        {"disputed_at": timezone.now()},
    ],
)
def test_two_people_are_wanted(
    wants_two: dict[str, Any], reviewer: User, second_reviewer: User
) -> None:
    image = make_image("one", **wants_two)
    vote(image, reviewer, "ai")
    assert label_of(image) is None
    vote(image, second_reviewer, "ai")
    assert label_of(image) == ("ai", "gold_wanted" in wants_two)


def test_the_policy_may_want_more_of_every_picture(
    image: Image, reviewer: User, second_reviewer: User, administrator: User
) -> None:
    set_policy(votes_wanted=3)
    for person in (reviewer, second_reviewer):
        vote(image, person, "human")
        assert label_of(image) is None
    vote(image, administrator, "human")
    assert label_of(image) == ("human", False)


# --- adjudication ----------------------------------------------------------------------------


def test_an_adjudicator_settles_what_people_disagree_on(
    image: Image, reviewer: User, second_reviewer: User, adjudicator: User
) -> None:
    mine, theirs = vote(image, reviewer, "ai"), vote(image, second_reviewer, "human")

    word = adjudicate(image_id=image.pk, adjudicator=adjudicator, answer="human", note=" Hands. ")

    assert (word.adjudicates, word.silent, word.note) == (True, False, "Hands.")
    assert (label_of(image), lane_of(image)) == (("human", False), None)
    assert entries(image) == [
        ("label.settled", "robin", None, {"value": "ai", "gold": False}, [mine.pk]),
        (
            "label.removed",
            "sasha",
            {"value": "ai", "gold": False},
            None,
            [mine.pk, theirs.pk],
        ),
        (
            "label.settled",
            "jo",
            None,
            {"value": "human", "gold": False},
            [mine.pk, theirs.pk, word.pk],
        ),
    ]


def test_it_can_be_taken_back_with_the_flags_that_it_resolved(
    image: Image, reviewer: User, adjudicator: User
) -> None:
    flag = flag_image(reviewer=reviewer, image_id=image.pk, note="Look.")
    older = Flag.objects.create(
        image=image, by=adjudicator, note="Done.", resolved_at=timezone.now() - timedelta(days=1)
    )
    word = adjudicate(image_id=image.pk, adjudicator=adjudicator, answer="unusable")
    flag.refresh_from_db()
    assert (is_unusable(image), flag.resolved_by) == (True, adjudicator)
    with pytest.raises(Conflict, match="settled this picture already"):
        adjudicate(image_id=image.pk, adjudicator=adjudicator, answer="ai")

    assert retract_review(image_id=image.pk, reviewer=adjudicator) == word

    flag.refresh_from_db()
    older.refresh_from_db()
    assert (flag.resolved_at, older.resolved_at is None) == (None, False)
    assert (is_unusable(image), lane_of(image)) == (False, "adjudication")


def test_what_an_adjudicator_settles_of_gold_measures(
    reviewer: User, second_reviewer: User, adjudicator: User
) -> None:
    image = make_image("one", gold_wanted=True)
    vote(image, reviewer, "ai")
    vote(image, second_reviewer, "human")
    adjudicate(image_id=image.pk, adjudicator=adjudicator, answer="ai")
    assert label_of(image) == ("ai", True)


def test_who_may_not_adjudicate_changes_nothing(
    image: Image, reviewer: User, second_reviewer: User, outsider: User, adjudicator: User
) -> None:
    vote(image, reviewer, "ai")
    for person in (reviewer, second_reviewer, outsider):
        with pytest.raises(NotAllowed):
            adjudicate(image_id=image.pk, adjudicator=person, answer="human")
    for answer in ("unsure", "retracted", "", "maybe"):
        with pytest.raises(InvalidRequest):
            adjudicate(image_id=image.pk, adjudicator=adjudicator, answer=answer)
    with pytest.raises(InvalidRequest):
        adjudicate(image_id=image.pk, adjudicator=adjudicator, answer="ai", note="x" * 501)
    with pytest.raises(NotFound):
        adjudicate(image_id=uuid4(), adjudicator=adjudicator, answer="ai")
    assert (Review.objects.count(), label_of(image)) == (1, ("ai", False))


def test_adjudicators_see_votes_and_flags_in_a_few_queries(
    reviewer: User,
    second_reviewer: User,
    adjudicator: User,
    outsider: User,
    django_assert_num_queries,
) -> None:
    for name in ("first", "second", "third"):
        image = make_image(name)
        vote(image, reviewer, "ai")
        vote(image, second_reviewer, "human")
    disputed = make_image("disputed", disputed_at=timezone.now())
    flag_image(reviewer=reviewer, image_id=disputed.pk, note="Look.")
    adjudicator.has_perm("labelling.adjudicate_image")

    with django_assert_num_queries(3):
        items = list(adjudication_queue(adjudicator))
        shown = [
            ([vote.answer for vote in item.image.standing_votes], item.image.open_flags)
            for item in items
        ]
    assert items[0].image == disputed
    assert [flag.note for flag in shown[0][1]] == ["Look."]
    assert [answers for answers, _ in shown[1:]] == [["ai", "human"]] * 3
    for person in (reviewer, second_reviewer, outsider):
        with pytest.raises(NotAllowed):
            adjudication_queue(person)


# --- taking back -----------------------------------------------------------------------------


def test_any_own_answer_can_be_taken_back_however_old(
    reviewer: User, second_reviewer: User
) -> None:
    first, second = make_image("first"), make_image("second")
    old = vote(first, reviewer, "ai")
    vote(second, reviewer, "ai")

    assert retract_review(image_id=first.pk, reviewer=reviewer) == old

    assert (label_of(first), label_of(second)) == (None, ("ai", False))
    for person in (reviewer, second_reviewer):
        with pytest.raises(Conflict):
            retract_review(image_id=first.pk, reviewer=person)
    with pytest.raises(NotFound):
        retract_review(image_id=uuid4(), reviewer=reviewer)


def test_an_outsider_takes_nothing_back(image: Image, reviewer: User, outsider: User) -> None:
    vote(image, reviewer, "ai")
    with pytest.raises(NotAllowed):
        retract_review(image_id=image.pk, reviewer=outsider)
    assert label_of(image) == ("ai", False)


# --- appended, never changed -----------------------------------------------------------------


def test_a_review_is_written_once(image: Image, reviewer: User) -> None:
    review = vote(image, reviewer, "ai")
    review.answer = "human"
    for attempt in (
        review.save,
        review.delete,
        lambda: Review.objects.filter(pk=review.pk).update(answer="human"),
        lambda: Review.objects.filter(pk=review.pk).delete(),
        lambda: image.reviews.all().delete(),
        lambda: Review.objects.bulk_update([review], ["answer"]),
    ):
        with pytest.raises(TypeError, match="written once"), transaction.atomic():
            attempt()
    assert Review.objects.get().answer == "ai"


def test_it_goes_with_its_picture_retractions_and_all(image: Image, reviewer: User) -> None:
    vote(image, reviewer, "ai")
    undo_last_review(reviewer=reviewer)
    image.delete()
    assert Review.objects.count() == 0


# --- the bin ---------------------------------------------------------------------------------


def test_what_lies_in_the_bin_has_no_label_until_it_comes_back(
    image: Image, reviewer: User, second_reviewer: User, adjudicator: User
) -> None:
    vote(image, reviewer, "ai")
    held = lock_image(image.pk)
    held.deleted_at = timezone.now()
    held.save(update_fields=["deleted_at"])
    derive_label(held)

    assert (label_of(image), lane_of(image)) == (None, None)
    with pytest.raises(NotFound):
        vote(image, second_reviewer, "ai")
    with pytest.raises(NotFound):
        adjudicate(image_id=image.pk, adjudicator=adjudicator, answer="ai")
    held.deleted_at = None
    held.save(update_fields=["deleted_at"])
    derive_label(held)
    assert label_of(image) == ("ai", False)


# --- places ----------------------------------------------------------------------------------


def test_many_places_need_as_many_queries_as_one(reviewer: User, django_assert_num_queries) -> None:
    version = make_version(1, live=True)
    images = [make_image(f"{number}") for number in range(60)]
    for image in images:
        predict(image, version, 0.5)
        vote(image, reviewer, "unsure")
    for some in (images[:1], images):
        QueueItem.objects.all().delete()
        with django_assert_num_queries(11):
            refresh_places(image_ids=[image.pk for image in some])
        assert QueueItem.objects.count() == len(some)


def test_where_two_versions_disagree_people_look_sooner(image: Image) -> None:
    predict(image, make_version(1, live=True), 0.5)
    note_challenged(image_ids=[image.pk])
    since = Image.objects.get().challenged_at
    note_challenged(image_ids=[image.pk])

    assert Image.objects.get().challenged_at == since
    assert (QueueItem.objects.get().lane, QueueItem.objects.get().why) == ("urgent", "challenged")


def test_the_queue_is_made_anew_from_what_is_known(reviewer: User, second_reviewer: User) -> None:
    version = make_version(1, live=True)
    images = [make_image(f"{number}") for number in range(7)]
    for image in images[:5]:
        predict(image, version, 0.6)
    vote(images[0], reviewer, "ai")
    vote(images[1], reviewer, "ai")
    vote(images[1], second_reviewer, "human")
    before = list(QueueItem.objects.order_by("image").values())
    QueueItem.objects.all().delete()
    out = StringIO()

    call_command("rebuild_queue", stdout=out)

    assert list(QueueItem.objects.order_by("image").values()) == before
    assert [line.split() for line in out.getvalue().splitlines()] == [
        ["1", "adjudication"],
        ["5", "ranked"],
    ]


# --- the policy ------------------------------------------------------------------------------


def edited(**changes: Any) -> QueuePolicy:
    policy = QueuePolicy.objects.get()
    for name, value in changes.items():
        setattr(policy, name, value)
    return policy


def requeue() -> None:
    while requeue_next():
        pass


def test_fewer_wanted_votes_settle_what_has_enough(
    reviewer: User, administrator: User, image: Image
) -> None:
    set_policy(votes_wanted=2)
    vote(image, reviewer, "ai")
    gold = make_image("gold", gold_wanted=True)
    vote(gold, reviewer, "ai")

    save_queue_policy(policy=edited(votes_wanted=1), by=administrator)
    assert is_outdated()
    requeue()

    assert (label_of(image), label_of(gold), is_outdated()) == (("ai", False), None, False)


def test_more_wanted_votes_leave_what_is_settled(
    reviewer: User, administrator: User, image: Image
) -> None:
    vote(image, reviewer, "ai")
    save_queue_policy(policy=edited(votes_wanted=2), by=administrator)
    requeue()
    assert label_of(image) == ("ai", False)


def test_an_edited_policy_is_written_down_with_what_differs(administrator: User) -> None:
    saved = save_queue_policy(policy=edited(gold_share=0.2, lease_minutes=9), by=administrator)
    save_queue_policy(policy=edited(), by=administrator)

    assert (saved.gold_share, saved.lease_minutes) == (0.2, 9)
    entry = AuditEntry.objects.get(action="policy.changed")
    assert (entry.actor, entry.subject) == ("alex", "queue policy")
    assert entry.details == {
        "before": {"gold_share": 0.05, "lease_minutes": 5},
        "after": {"gold_share": 0.2, "lease_minutes": 9},
    }
    assert not is_outdated()


def test_turns_that_were_taken_meanwhile_are_kept(administrator: User) -> None:
    policy = edited(gold_share=0.1)
    QueuePolicy.objects.update(turns=7)
    save_queue_policy(policy=policy, by=administrator)
    assert QueuePolicy.objects.get().turns == 7


@pytest.mark.parametrize(
    "wrong", [{"gold_share": 0.6}, {"votes_wanted": 0}, {"lease_minutes": 0}, {"gold_floor": 2}]
)
def test_a_policy_beyond_its_bounds_is_refused(wrong: dict[str, Any], administrator: User) -> None:
    with pytest.raises(InvalidRequest):
        save_queue_policy(policy=edited(**wrong), by=administrator)
    assert AuditEntry.objects.count() == 0


def test_only_administrators_edit_it(reviewer: User, adjudicator: User, outsider: User) -> None:
    for person in (reviewer, adjudicator, outsider):
        with pytest.raises(NotAllowed):
            save_queue_policy(policy=edited(votes_wanted=3), by=person)
    assert QueuePolicy.objects.get().votes_wanted == 1


def test_whoever_begins_it_anew_is_not_overtaken(image: Image, monkeypatch) -> None:
    """A batch that was under way does not note its end over a new beginning."""
    requeue_everything()
    monkeypatch.setattr(
        "labelling.services.requeueing.refresh_places",
        lambda image_ids: QueuePolicy.objects.update(requeued_to=uuid4()),
    )
    requeue_next()
    assert is_outdated()
