"""Disputes: said to be wrong, looked at again, answered."""

from collections.abc import Callable
from itertools import count

import pytest
from django.db import IntegrityError, transaction

from classifier.errors import NotAllowed
from classifier.models import ModelVersion
from labelling.disputes import dispute_for, settlements
from labelling.errors import Conflict, InvalidRequest, NotFound
from labelling.models import AuditEntry, Dispute, Image, Label, QueueItem, Review, User
from labelling.services import disputes as service
from labelling.services.deletion import bin_image
from labelling.services.disputes import answer_dispute, open_dispute, withdraw_dispute
from labelling.services.review import adjudicate, record_review, undo_last_review
from tests.labelling.rows import make_image, make_version, predict

pytestmark = pytest.mark.django_db

REASON = "I painted it with gouache in 2019; the scans are at my studio."
MakePicture = Callable[..., Image]


@pytest.fixture
def version() -> ModelVersion:
    return make_version(7, live=True)


@pytest.fixture
def picture(version: ModelVersion, outsider: User) -> MakePicture:
    """A picture of the outsider's, called AI unless ``probability_ai`` says otherwise."""
    numbers = count()

    def make(probability_ai: float | None = 0.9, owner: User = outsider) -> Image:
        image = make_image(f"picture {next(numbers)}", owner=owner)
        if probability_ai is not None:
            predict(image, version, probability_ai)
        return image

    return make


def dispute(image: Image, by: User, reason: str = REASON) -> Dispute:
    return open_dispute(image_id=image.pk, by=by, reason=reason)


def answer(of: Dispute, by: User, decision: str = "human", words: str = "We see.") -> Dispute:
    return answer_dispute(dispute_id=of.pk, by=by, decision=decision, answer=words)


def label_of(image: Image) -> str | None:
    return Label.objects.filter(image=image).values_list("value", flat=True).first()


def actions(image: Image) -> list[tuple[str, str]]:
    """What the audit log says of a picture's disputes, and who did it."""
    entries = AuditEntry.objects.filter(subject=f"image:{image.pk}", action__startswith="dispute")
    return list(entries.order_by("pk").values_list("action", "actor"))


def everything() -> tuple[object, ...]:
    """What a refused step must leave as it was."""
    return (
        list(Dispute.objects.order_by("pk").values()),
        list(Review.objects.order_by("pk").values()),
        list(Label.objects.order_by("pk").values()),
        list(Image.objects.order_by("pk").values()),
        AuditEntry.objects.count(),
    )


# --- opening ---------------------------------------------------------------------------------


def test_a_dispute_freezes_what_was_said(
    picture: MakePicture, version: ModelVersion, outsider: User
) -> None:
    image = picture(0.93)

    opened = dispute(image, outsider, f"  {REASON}\r\n\x00second line ")

    predict(image, make_version(8), 0.1)
    opened.refresh_from_db()
    assert (opened.verdict, opened.probability_ai, opened.version) == ("ai", 0.93, version)
    assert (opened.by, opened.state) == (outsider, "open")
    assert opened.reason == f"{REASON}\nsecond line"
    assert actions(image) == [("dispute.opened", "olli")]


def test_a_disputed_picture_is_asked_about_before_all_others(
    picture: MakePicture, outsider: User
) -> None:
    image = picture(0.99)
    opened = dispute(image, outsider)
    image.refresh_from_db()
    assert image.disputed_at == opened.opened_at
    place = QueueItem.objects.get(image=image)
    assert (place.lane, place.why) == ("urgent", "disputed")


def test_a_label_of_one_vote_is_open_again_until_a_second_person_agrees(
    picture: MakePicture, outsider: User, reviewer: User, second_reviewer: User
) -> None:
    image = picture()
    record_review(image_id=image.pk, reviewer=reviewer, answer="human")
    assert label_of(image) == "human"

    dispute(image, outsider)
    assert label_of(image) is None

    record_review(image_id=image.pk, reviewer=second_reviewer, answer="human")
    assert label_of(image) == "human"


def test_what_an_adjudicator_settled_stays_settled(
    picture: MakePicture, outsider: User, adjudicator: User
) -> None:
    image = picture()
    adjudicate(image_id=image.pk, adjudicator=adjudicator, answer="ai")
    dispute(image, outsider)
    assert label_of(image) == "ai"


@pytest.mark.parametrize("reason", ["", "too short", " " * 50, "x" * 2001, "\x00" * 20])
def test_a_reason_is_wanted(picture: MakePicture, outsider: User, reason: str) -> None:
    image = picture()
    before = everything()
    with pytest.raises(InvalidRequest, match="from 10 to 2,000 characters"):
        dispute(image, outsider, reason)
    assert everything() == before


@pytest.mark.parametrize("reason", ["x" * 10, "x" * 2000])
def test_a_reason_of_exactly_the_bounds_does(
    picture: MakePicture, outsider: User, reason: str
) -> None:
    assert dispute(picture(), outsider, reason).reason == reason


def test_only_whoever_handed_it_in_disputes_it(
    picture: MakePicture,
    reviewer: User,
    second_reviewer: User,
    adjudicator: User,
    administrator: User,
) -> None:
    image = picture(owner=reviewer)
    record_review(image_id=image.pk, reviewer=second_reviewer, answer="human")
    before = everything()
    for person in (second_reviewer, adjudicator, administrator):
        with pytest.raises(NotAllowed):
            dispute(image, person)
    assert everything() == before
    assert dispute(image, reviewer).by == reviewer


def test_a_strangers_picture_is_not_there(
    picture: MakePicture, reviewer: User, outsider: User
) -> None:
    image = picture(owner=reviewer)
    before = everything()
    with pytest.raises(NotFound):
        dispute(image, outsider)
    assert everything() == before


def test_a_picture_in_the_bin_is_not_there(picture: MakePicture, outsider: User) -> None:
    image, opened = picture(), dispute(picture(), outsider)
    for one in (image, opened.image):
        Image.objects.filter(pk=one.pk).update(deleted_at=opened.opened_at)
    with pytest.raises(NotFound):
        dispute(image, outsider)
    with pytest.raises(NotFound):
        dispute_for(outsider, opened.pk)


def test_what_is_not_judged_yet_cannot_be_disputed(picture: MakePicture, outsider: User) -> None:
    image = picture(None)
    with pytest.raises(Conflict):
        dispute(image, outsider)
    assert not Dispute.objects.exists()


def test_one_person_disputes_a_picture_once_at_a_time(
    picture: MakePicture, outsider: User, reviewer: User, adjudicator: User
) -> None:
    image = picture()
    image.submissions.create(submitter=reviewer, channel="page")
    first = dispute(image, outsider)
    before = everything()
    with pytest.raises(Conflict):
        dispute(image, outsider)
    assert everything() == before

    dispute(image, reviewer)
    answer(first, adjudicator)
    assert dispute(image, outsider).pk != first.pk


def test_the_database_itself_holds_one_open_dispute_each(
    picture: MakePicture, outsider: User
) -> None:
    opened = dispute(picture(), outsider)
    opened.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        opened.save()


def test_twenty_disputes_of_one_person_are_open_at_most(
    picture: MakePicture, outsider: User, monkeypatch
) -> None:
    assert service.MOST_OPEN == 20
    monkeypatch.setattr(service, "MOST_OPEN", 2)
    first, _ = dispute(picture(), outsider), dispute(picture(), outsider)
    third = picture()
    with pytest.raises(Conflict, match="2 open disputes"):
        dispute(third, outsider)
    assert Dispute.objects.count() == 2
    withdraw_dispute(dispute_id=first.pk, by=outsider)
    assert dispute(third, outsider).state == "open"


# --- withdrawing -----------------------------------------------------------------------------


def test_a_withdrawn_dispute_leaves_the_label_that_was(
    picture: MakePicture, outsider: User, reviewer: User
) -> None:
    image = picture()
    record_review(image_id=image.pk, reviewer=reviewer, answer="ai")
    opened = dispute(image, outsider)
    withdrawn = withdraw_dispute(dispute_id=opened.pk, by=outsider)
    image.refresh_from_db()
    assert (withdrawn.state, image.disputed_at, label_of(image)) == ("withdrawn", None, "ai")
    assert actions(image) == [("dispute.opened", "olli"), ("dispute.withdrawn", "olli")]


def test_nobody_else_withdraws_it(
    picture: MakePicture,
    outsider: User,
    reviewer: User,
    adjudicator: User,
    administrator: User,
) -> None:
    opened = dispute(picture(), outsider)
    before = everything()
    for person in (adjudicator, administrator):
        with pytest.raises(NotAllowed):
            withdraw_dispute(dispute_id=opened.pk, by=person)
    with pytest.raises(NotFound):
        withdraw_dispute(dispute_id=opened.pk, by=reviewer)
    assert everything() == before


def test_a_picture_stays_disputed_while_anybody_disputes_it(
    picture: MakePicture, outsider: User, reviewer: User
) -> None:
    image = picture()
    image.submissions.create(submitter=reviewer, channel="page")
    first, second = dispute(image, outsider), dispute(image, reviewer)
    withdraw_dispute(dispute_id=first.pk, by=outsider)
    image.refresh_from_db()
    assert image.disputed_at == second.opened_at
    withdraw_dispute(dispute_id=second.pk, by=reviewer)
    image.refresh_from_db()
    assert image.disputed_at is None


# --- answering -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("probability_ai", "decision", "state"),
    [
        (0.9, "human", "accepted"),
        (0.9, "ai", "declined"),
        (0.9, "unusable", "declined"),
        (0.9, "none", "declined"),
        (0.1, "ai", "accepted"),
        (0.1, "human", "declined"),
    ],
)
def test_a_decision_against_the_verdict_accepts_and_no_other(
    picture: MakePicture,
    outsider: User,
    adjudicator: User,
    probability_ai: float,
    decision: str,
    state: str,
) -> None:
    image = picture(probability_ai)

    answered = answer(dispute(image, outsider), adjudicator, decision, "We looked at the scans.")

    image.refresh_from_db()
    assert answered.state == state
    assert (answered.answer, answered.answered_by) == ("We looked at the scans.", adjudicator)
    assert answered.answered_at is not None
    assert image.disputed_at is None
    assert label_of(image) == (decision if decision in ("ai", "human") else None)
    assert image.unusable == (decision == "unusable")
    assert (image.regression_since is not None) == (state == "accepted")
    assert image.regression_by == (adjudicator if state == "accepted" else None)
    assert actions(image) == [("dispute.opened", "olli"), (f"dispute.{state}", "jo")]


@pytest.mark.parametrize(
    ("decision", "state"),
    [("ai", "accepted"), ("human", "accepted"), ("unusable", "declined"), ("none", "declined")],
)
def test_an_uncertain_verdict_is_wrong_where_people_could_tell(
    picture: MakePicture, outsider: User, adjudicator: User, decision: str, state: str
) -> None:
    image = picture()
    image.predictions.update(verdict="uncertain")
    assert answer(dispute(image, outsider), adjudicator, decision).state == state


def test_what_two_people_settled_needs_no_third_vote(
    picture: MakePicture,
    outsider: User,
    reviewer: User,
    second_reviewer: User,
    adjudicator: User,
) -> None:
    image = picture()
    opened = dispute(image, outsider)
    for person in (reviewer, second_reviewer):
        record_review(image_id=image.pk, reviewer=person, answer="human")
    settled = settlements([image])[image.pk]
    assert (settled.value, settled.people, settled.contradicts("ai")) == ("human", 2, True)

    assert answer(opened, adjudicator).state == "accepted"

    assert Review.objects.count() == 2
    assert label_of(image) == "human"


def test_an_adjudicator_settles_against_the_votes(
    picture: MakePicture,
    outsider: User,
    reviewer: User,
    second_reviewer: User,
    adjudicator: User,
) -> None:
    image = picture()
    opened = dispute(image, outsider)
    for person in (reviewer, second_reviewer):
        record_review(image_id=image.pk, reviewer=person, answer="ai")
    assert answer(opened, adjudicator).state == "accepted"
    assert label_of(image) == "human"
    assert Review.objects.filter(adjudicates=True).get().reviewer == adjudicator


def test_against_another_adjudicators_word_nothing_is_answered(
    picture: MakePicture, outsider: User, adjudicator: User, administrator: User
) -> None:
    image = picture()
    opened = dispute(image, outsider)
    adjudicate(image_id=image.pk, adjudicator=adjudicator, answer="ai")
    before = everything()
    with pytest.raises(Conflict):
        answer(opened, administrator, "human")
    assert everything() == before
    assert answer(opened, administrator, "ai").state == "declined"


def test_only_adjudicators_and_administrators_answer(
    picture: MakePicture, outsider: User, reviewer: User, second_reviewer: User
) -> None:
    opened = dispute(picture(), outsider)
    before = everything()
    for person in (outsider, reviewer, second_reviewer):
        with pytest.raises(NotAllowed):
            answer(opened, person)
    assert everything() == before


def test_nobody_answers_their_own_dispute_nor_anothers_on_a_picture_that_they_dispute(
    picture: MakePicture, outsider: User, adjudicator: User, administrator: User
) -> None:
    image = picture(owner=adjudicator)
    image.submissions.create(submitter=outsider, channel="page")
    own, other = dispute(image, adjudicator), dispute(image, outsider)
    before = everything()
    for one in (own, other):
        with pytest.raises(NotAllowed):
            answer(one, adjudicator)
    assert everything() == before
    assert answer(own, administrator).state == "accepted"
    assert answer(other, adjudicator).state == "accepted"


@pytest.mark.parametrize(
    ("decision", "words"),
    [("maybe", "Words."), ("", "Words."), ("human", ""), ("human", "  \n"), ("ai", "x" * 2001)],
)
def test_an_answer_needs_a_decision_and_words(
    picture: MakePicture, outsider: User, adjudicator: User, decision: str, words: str
) -> None:
    opened = dispute(picture(), outsider)
    before = everything()
    with pytest.raises(InvalidRequest):
        answer(opened, adjudicator, decision, words)
    assert everything() == before


@pytest.mark.parametrize("closed_by", ["answer", "withdrawal"])
def test_a_closed_dispute_stays_as_it_is(
    picture: MakePicture, outsider: User, adjudicator: User, closed_by: str
) -> None:
    opened = dispute(picture(), outsider)
    if closed_by == "answer":
        answer(opened, adjudicator, "none")
    else:
        withdraw_dispute(dispute_id=opened.pk, by=outsider)
    before = everything()
    with pytest.raises(Conflict):
        answer(opened, adjudicator)
    with pytest.raises(Conflict):
        withdraw_dispute(dispute_id=opened.pk, by=outsider)
    assert everything() == before


def test_an_accepted_dispute_keeps_its_picture_measuring_whatever_comes(
    picture: MakePicture, outsider: User, adjudicator: User
) -> None:
    image = picture()
    answer(dispute(image, outsider), adjudicator)
    undo_last_review(reviewer=adjudicator)
    image.refresh_from_db()
    assert (label_of(image), image.regression_by) == (None, adjudicator)


def test_a_dispute_goes_with_its_picture(picture: MakePicture, outsider: User) -> None:
    opened = dispute(picture(), outsider)
    bin_image(image_id=opened.image_id, by=outsider)
    with pytest.raises(NotFound):
        dispute_for(outsider, opened.pk)


# --- who sees it -----------------------------------------------------------------------------


def test_a_dispute_is_seen_by_its_opener_and_those_who_answer(
    picture: MakePicture,
    outsider: User,
    reviewer: User,
    second_reviewer: User,
    adjudicator: User,
    administrator: User,
) -> None:
    image = picture()
    image.submissions.create(submitter=second_reviewer, channel="page")
    opened = dispute(image, outsider)
    record_review(image_id=image.pk, reviewer=reviewer, answer="ai")
    for person in (outsider, adjudicator, administrator):
        assert dispute_for(person, opened.pk) == opened
    for person in (reviewer, second_reviewer):
        with pytest.raises(NotFound):
            dispute_for(person, opened.pk)
