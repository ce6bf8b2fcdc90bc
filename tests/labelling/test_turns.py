"""Who gets which picture, in which order, for how long, and what comes of it."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from classifier.errors import NotAllowed
from labelling.drawing import Draw, Lanes, in_order
from labelling.errors import Conflict, InvalidRequest, NotFound
from labelling.models import Flag, Image, Label, QueueItem, QueuePolicy, Review, Showing, User, Why
from labelling.permissions import REVIEWERS
from labelling.queue import again_count, waiting_count
from labelling.services.places import refresh_places
from labelling.services.review import record_review, undo_last_review
from labelling.services.turns import (
    assign_image,
    flag_image,
    release_turns,
    renew_turns,
    resolve_flag,
    skip_turn,
    take_turns,
)
from tests.labelling.queueing import look_alike, picture, set_policy, turns
from tests.labelling.rows import make_version
from tests.people import make_person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_lottery(db: None) -> None:
    set_policy()


@pytest.fixture
def three(db: None) -> list[Image]:
    return [picture("first", 0.50), picture("second", 0.55), picture("third", 0.60)]


def open_showings() -> int:
    return Showing.objects.filter(ended_at__isnull=True).count()


# --- order -----------------------------------------------------------------------------------


def mixed_pictures() -> None:
    """Forty pictures for all lines: twins, novel ones, an audit sample, urgent ones."""
    make_version(7, live=True)
    for number in range(40):
        image = picture(f"{number}", 0.5 + number / 100, audit=number % 5 == 0)
        look_alike(image, angle=number // 2 % 8)
        image.predictions.update(novelty=number * 7 % 40 / 40)
    Image.objects.filter(failure__in=["11", "22", "33"]).update(challenged_at=timezone.now())
    refresh_places(image_ids=Image.objects.values_list("pk", flat=True))


def answer_all(people: list[User], ahead: int) -> list[str]:
    """Let these people review in turn, each with some pictures ahead; the order of the turns."""
    while True:
        held = [take_turns(reviewer=person, limit=ahead) for person in people]
        if not any(held):
            break
        for person, showings in zip(people, held, strict=True):
            if showings:
                record_review(image_id=showings[0].image_id, reviewer=person, answer="ai")
    return list(Showing.objects.order_by("turn").values_list("image__failure", flat=True))


@pytest.mark.parametrize("ahead", [1, 4])
def test_with_four_reviewers_the_order_is_that_of_one(ahead: int) -> None:
    set_policy(audit_share=0.2, novel_share=0.2)
    mixed_pictures()
    people = [make_person(f"reviewer-{number}", REVIEWERS) for number in range(4)]
    beginning = transaction.savepoint()

    alone = answer_all(people[:1], ahead=1)
    whys = set(Showing.objects.values_list("why", flat=True))
    transaction.savepoint_rollback(beginning)
    together = answer_all(people, ahead)

    assert (len(alone), len(set(alone))) == (40, 40)
    assert whys == {Why.CHALLENGED, Why.AUDIT, Why.NOVEL, Why.UNCERTAIN}
    assert together == alone
    assert Showing.objects.values("person").distinct().count() == 4


def test_turns_are_numbered_without_a_gap(three: list[Image], reviewer: User) -> None:
    turns(reviewer)
    assert list(Showing.objects.values_list("turn", flat=True)) == [1, 2, 3]
    assert QueuePolicy.objects.get().turns == 3


def test_near_twins_of_what_was_handed_out_stand_back(
    reviewer: User, second_reviewer: User
) -> None:
    for name, probability, angle in (
        ("first", 0.50, 0),
        ("its twin", 0.51, 0),
        ("another", 0.60, 1),
        ("a third", 0.70, 2),
    ):
        look_alike(picture(name, probability), angle=angle)

    assert turns(reviewer, 1) == ["first"]
    assert turns(second_reviewer) == ["another", "a third", "its twin"]


def test_a_line_that_is_empty_falls_through_to_the_others(reviewer: User) -> None:
    set_policy(gold_share=0.4, audit_share=0.3, novel_share=0.3)
    picture("sample", 0.5, audit=True)
    picture("ranked", 0.5)

    assert sorted(turns(reviewer)) == ["ranked", "sample"]


def test_what_others_began_comes_by_its_rank(reviewer: User, second_reviewer: User) -> None:
    for name, probability in (("sure", 0.9), ("hard", 0.6), ("hardest", 0.5)):
        picture(name, probability)
    record_review(image_id=Image.objects.get(failure="hard").pk, reviewer=reviewer, answer="unsure")

    assert turns(second_reviewer) == ["hardest", "hard", "sure"]
    release_turns(reviewer=second_reviewer, image_ids=Image.objects.values_list("pk", flat=True))
    assert turns(reviewer) == ["hardest", "sure"]


def test_begun_ones_of_ones_own_never_hide_what_others_began(
    reviewer: User, second_reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looked at are the first few; where nothing else is left, all."""
    monkeypatch.setattr("labelling.drawing.BEGUN_WINDOW", 1)
    mine, other = picture("mine", 0.5), picture("theirs", 0.6)
    record_review(image_id=mine.pk, reviewer=reviewer, answer="unsure")
    record_review(image_id=other.pk, reviewer=second_reviewer, answer="unsure")

    assert turns(reviewer) == ["theirs"]


def test_the_probability_is_that_of_the_draw(reviewer: User) -> None:
    set_policy(audit_share=0.25)
    picture("ranked", 0.5)
    picture("sample", 0.5, audit=True)
    first, second = take_turns(reviewer=reviewer, limit=2)

    chance = {Why.AUDIT: 0.25, Why.UNCERTAIN: 0.75}
    assert first.probability == pytest.approx(chance[Why(first.why)])
    assert second.probability in (pytest.approx(1.0), pytest.approx(chance[Why(second.why)]))


# --- leases ----------------------------------------------------------------------------------


def test_what_one_holds_nobody_else_gets(
    three: list[Image], reviewer: User, second_reviewer: User
) -> None:
    assert turns(reviewer, 2) == ["first", "second"]
    assert turns(second_reviewer) == ["third"]
    assert turns(reviewer, 2) == ["first", "second"], "asking again changes nothing"
    assert (waiting_count(reviewer), waiting_count(second_reviewer)) == (2, 1)


def test_what_is_released_goes_to_whoever_comes_next(
    three: list[Image], reviewer: User, second_reviewer: User
) -> None:
    turns(reviewer, 2)
    release_turns(reviewer=reviewer, image_ids=[three[0].pk])
    release_turns(reviewer=second_reviewer, image_ids=[three[1].pk])  # not theirs

    assert turns(second_reviewer) == ["first", "third"]
    assert Showing.objects.get(turn=1).outcome == "released"


def test_a_lease_that_ran_out_is_taken_over_and_a_renewed_one_is_not(
    three: list[Image], reviewer: User, second_reviewer: User
) -> None:
    turns(reviewer, 2)
    past = timezone.now() - timedelta(seconds=1)
    Showing.objects.update(leased_until=past)
    kept = renew_turns(reviewer=reviewer, image_ids=[three[1].pk, three[2].pk, uuid4()])

    assert kept == [three[1].pk]
    assert turns(second_reviewer) == ["first", "third"]
    expired = Showing.objects.get(image=three[0], person=reviewer)
    assert (expired.outcome, expired.ended_at is None) == ("expired", False)
    assert renew_turns(reviewer=reviewer, image_ids=[three[0].pk]) == []
    assert turns(reviewer) == ["second"]


def test_taking_more_keeps_what_one_has(three: list[Image], reviewer: User) -> None:
    turns(reviewer, 1)
    soon = timezone.now() + timedelta(seconds=5)
    Showing.objects.update(leased_until=soon)

    turns(reviewer, 2)

    assert Showing.objects.get(image=three[0]).leased_until > soon + timedelta(minutes=4)


def test_a_late_answer_is_no_lost_answer(
    three: list[Image], reviewer: User, second_reviewer: User
) -> None:
    turns(reviewer, 1)
    Showing.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    turns(second_reviewer, 1)
    record_review(image_id=three[0].pk, reviewer=reviewer, answer="ai")

    assert Label.objects.get(image=three[0]).value == "ai"
    assert Showing.objects.get(person=reviewer).outcome == "answered"
    assert turns(second_reviewer, 1) == ["second"], "what is settled is taken back from the screen"


def test_the_database_itself_keeps_two_from_one_picture(
    three: list[Image], reviewer: User, second_reviewer: User
) -> None:
    (shown,) = take_turns(reviewer=reviewer, limit=1)
    shown.pk, shown.person, shown.turn = None, second_reviewer, 99
    with pytest.raises(IntegrityError), transaction.atomic():
        shown.save(force_insert=True)
    assert Showing.objects.count() == 1


def test_what_goes_into_the_bin_leaves_the_screen(three: list[Image], reviewer: User) -> None:
    turns(reviewer, 1)
    Image.objects.filter(pk=three[0].pk).update(deleted_at=timezone.now())
    refresh_places(image_ids=[three[0].pk])

    assert turns(reviewer, 1) == ["second"]


# --- what one is not asked again ------------------------------------------------------------


def test_what_was_answered_skipped_or_flagged_does_not_come_again(
    three: list[Image], reviewer: User, second_reviewer: User
) -> None:
    turns(reviewer)
    record_review(image_id=three[0].pk, reviewer=reviewer, answer="unsure")
    skip_turn(reviewer=reviewer, image_id=three[1].pk)
    flag_image(reviewer=reviewer, image_id=three[2].pk, note="Two pictures in one.")

    assert turns(reviewer) == []
    assert turns(second_reviewer) == ["first", "second"]
    assert list(Showing.objects.filter(person=reviewer).values_list("outcome", flat=True)) == [
        "answered",
        "skipped",
        "flagged",
    ]


def test_what_was_skipped_or_unsure_is_offered_again_where_nothing_else_waits(
    three: list[Image], reviewer: User
) -> None:
    turns(reviewer)
    record_review(image_id=three[0].pk, reviewer=reviewer, answer="unsure")
    skip_turn(reviewer=reviewer, image_id=three[1].pk)
    assert again_count(reviewer) == 2
    assert turns(reviewer, 2, again=True) == ["third", "first"]
    record_review(image_id=three[2].pk, reviewer=reviewer, answer="ai")

    assert turns(reviewer, again=True) == ["first", "second"]
    assert set(Showing.objects.filter(ended_at=None).values_list("why", flat=True)) == {"again"}
    record_review(image_id=three[0].pk, reviewer=reviewer, answer="human")

    assert Label.objects.get(image=three[0]).value == "human"
    assert list(Review.objects.filter(image=three[0]).values_list("answer", flat=True)) == [
        "unsure",
        "retracted",
        "human",
    ]
    assert again_count(reviewer) == 1


def test_an_unsure_gives_way_only_where_the_picture_was_offered_again(
    three: list[Image], reviewer: User
) -> None:
    record_review(image_id=three[0].pk, reviewer=reviewer, answer="unsure")
    with pytest.raises(Conflict):
        record_review(image_id=three[0].pk, reviewer=reviewer, answer="ai")
    assert Review.objects.count() == 1


def test_an_undo_puts_the_picture_back(three: list[Image], reviewer: User) -> None:
    turns(reviewer, 1)
    record_review(image_id=three[0].pk, reviewer=reviewer, answer="ai")
    undo_last_review(reviewer=reviewer)

    assert Showing.objects.get().outcome == "undone"
    assert turns(reviewer, 1) == ["first"]


def test_what_was_answered_cannot_be_skipped_nor_what_was_never_shown(
    three: list[Image], reviewer: User
) -> None:
    turns(reviewer, 1)
    record_review(image_id=three[0].pk, reviewer=reviewer, answer="ai")
    with pytest.raises(Conflict):
        skip_turn(reviewer=reviewer, image_id=three[0].pk)
    with pytest.raises(NotFound):
        skip_turn(reviewer=reviewer, image_id=three[1].pk)
    assert Showing.objects.get().outcome == "answered"


# --- opened by hand, asked by name ----------------------------------------------------------


def test_what_one_opens_comes_first(three: list[Image], reviewer: User) -> None:
    assert turns(reviewer, 2) == ["first", "second"]
    assert turns(reviewer, 2, first=three[2].pk) == ["third", "first", "second"]
    assert turns(reviewer, 2, first=three[1].pk) == ["second", "first", "third"]
    chosen = Showing.objects.get(image=three[2])
    assert (chosen.why, chosen.probability) == (Why.CHOSEN, 1.0)


def test_what_somebody_else_has_or_one_has_answered_is_not_opened(
    three: list[Image], reviewer: User, second_reviewer: User
) -> None:
    turns(reviewer, 1)
    assert turns(second_reviewer, 1, first=three[0].pk) == ["second"]
    record_review(image_id=three[1].pk, reviewer=second_reviewer, answer="ai")
    assert turns(second_reviewer, 1, first=three[1].pk) == ["third"]
    with pytest.raises(NotFound):
        take_turns(reviewer=reviewer, limit=1, first=uuid4())


def test_a_settled_picture_can_be_opened(
    three: list[Image], reviewer: User, second_reviewer: User
) -> None:
    record_review(image_id=three[2].pk, reviewer=second_reviewer, answer="ai")
    assert turns(reviewer, 1, first=three[2].pk) == ["third"]
    assert turns(reviewer, 1) == ["third"], "it stays on the screen"


def test_whom_an_administrator_asks_gets_it_first_and_others_in_their_turn(
    three: list[Image], reviewer: User, second_reviewer: User, administrator: User
) -> None:
    assign_image(image_id=three[2].pk, to=second_reviewer, by=administrator)
    refresh_places(image_ids=[image.pk for image in three])  # keeps who was asked

    assert turns(reviewer, 1) == ["first"]
    assert turns(second_reviewer, 1) == ["third"]
    assert Showing.objects.get(person=second_reviewer).why == Why.ASSIGNED


def test_who_cannot_be_asked_and_what_does_not_wait(
    three: list[Image],
    reviewer: User,
    second_reviewer: User,
    adjudicator: User,
    outsider: User,
) -> None:
    record_review(image_id=three[0].pk, reviewer=reviewer, answer="ai")
    record_review(image_id=three[1].pk, reviewer=reviewer, answer="unsure")
    for image, to, error in (
        (three[0].pk, second_reviewer, Conflict),  # settled
        (three[1].pk, reviewer, Conflict),  # has voted
        (three[2].pk, outsider, Conflict),  # does not review
        (uuid4(), reviewer, NotFound),
    ):
        with pytest.raises(error):
            assign_image(image_id=image, to=to, by=adjudicator)
    for person in (reviewer, outsider):
        with pytest.raises(NotAllowed):
            assign_image(image_id=three[2].pk, to=second_reviewer, by=person)
    assert not QueueItem.objects.filter(assigned_to__isnull=False).exists()


# --- silent tests ----------------------------------------------------------------------------


def make_gold(name: str, *people: User) -> Image:
    image = picture(name, 0.5, gold_wanted=True)
    for person in people:
        record_review(image_id=image.pk, reviewer=person, answer="ai")
    return image


@pytest.fixture
def gold(db: None) -> Image:
    pair = [make_person(name, REVIEWERS) for name in ("kim", "lee")]
    image = make_gold("gold", *pair)
    assert Label.objects.get(image=image).gold
    return image


def test_a_silent_test_comes_like_any_other_and_decides_nothing(
    gold: Image, reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_policy(gold_share=0.5)
    monkeypatch.setattr("labelling.drawing.draw_of", lambda turn, shares: Draw.GOLD)
    picture("open", 0.5)

    (shown,) = take_turns(reviewer=reviewer, limit=1)
    assert (shown.image, shown.why, shown.probability) == (gold, Why.GOLD, 0.5)
    review = record_review(image_id=gold.pk, reviewer=reviewer, answer="human", seconds=1.5)

    assert (review.silent, review.seconds) == (True, 1.5)
    label = Label.objects.get(image=gold)
    assert (label.value, label.gold) == ("ai", True)
    assert not QueueItem.objects.filter(image=gold).exists()
    undo_last_review(reviewer=reviewer)
    assert Label.objects.get(image=gold).value == "ai"
    assert turns(reviewer, 9) == ["open"], "never the same test twice"
    # Opened by hand it still only measures.
    assert turns(reviewer, 1, first=gold.pk)[0] == "gold"
    assert record_review(image_id=gold.pk, reviewer=reviewer, answer="human").silent


def test_two_people_are_tested_with_one_picture_at_once(
    gold: Image, reviewer: User, second_reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_policy(gold_share=0.5)
    monkeypatch.setattr("labelling.drawing.draw_of", lambda turn, shares: Draw.GOLD)
    picture("open", 0.5)
    picture("open, too", 0.6)
    assert turns(reviewer, 1) == turns(second_reviewer, 1) == ["gold"]


def test_nobody_is_tested_with_what_they_settled_or_handed_in(
    gold: Image, monkeypatch: pytest.MonkeyPatch, outsider: User
) -> None:
    set_policy(gold_share=0.5)
    monkeypatch.setattr("labelling.drawing.draw_of", lambda turn, shares: Draw.GOLD)
    picture("open", 0.5)
    kim, owner = User.objects.get(username="kim"), make_person("owner", REVIEWERS)
    gold.submissions.create(submitter=owner, channel="page")
    for person in (kim, owner):
        assert turns(person, 1) == ["open"]
        release_turns(reviewer=person, image_ids=Image.objects.values_list("pk", flat=True))


def test_where_nothing_waits_nobody_is_tested(
    gold: Image, reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_policy(gold_share=0.5)
    monkeypatch.setattr("labelling.drawing.draw_of", lambda turn, shares: Draw.GOLD)
    assert (turns(reviewer), waiting_count(reviewer)) == ([], 0)
    assert QueuePolicy.objects.get().turns == 0


def test_a_test_that_is_no_gold_any_more_counts(
    gold: Image, reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_policy(gold_share=0.5)
    monkeypatch.setattr("labelling.drawing.draw_of", lambda turn, shares: Draw.GOLD)
    picture("open", 0.5)
    turns(reviewer, 1)
    undo_last_review(reviewer=User.objects.get(username="lee"))

    assert not record_review(image_id=gold.pk, reviewer=reviewer, answer="ai").silent
    assert Label.objects.get(image=gold).gold


def test_whoever_was_tested_is_not_asked_when_the_picture_is_open_again(
    gold: Image, reviewer: User, second_reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_policy(gold_share=0.5)
    monkeypatch.setattr("labelling.drawing.draw_of", lambda turn, shares: Draw.GOLD)
    settled = picture("settled soon", 0.5)
    turns(reviewer, 1)
    record_review(image_id=gold.pk, reviewer=reviewer, answer="ai")
    record_review(image_id=settled.pk, reviewer=reviewer, answer="ai")
    for name in ("kim", "lee"):
        undo_last_review(reviewer=User.objects.get(username=name))
    assert not QueueItem.objects.get(image=gold).begun

    assert turns(reviewer) == []
    assert turns(second_reviewer) == ["gold"]


def test_a_test_is_drawn_among_all_that_can_be(
    gold: Image, reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_policy(gold_share=0.5)
    monkeypatch.setattr("labelling.drawing.draw_of", lambda turn, shares: Draw.GOLD)
    pair = list(User.objects.filter(username__in=["kim", "lee"]))
    for number in range(9):
        make_gold(f"gold {number}", *pair)
    picture("open", 0.5)
    showings = take_turns(reviewer=reviewer, limit=10)

    assert {showing.why for showing in showings} == {Why.GOLD}
    assert len({showing.image_id for showing in showings}) == 10
    assert showings[0].probability == pytest.approx(0.5 / 10)
    assert showings[9].probability == pytest.approx(0.5)


# --- flags -----------------------------------------------------------------------------------


def test_a_flag_brings_a_picture_before_an_adjudicator_and_back(
    three: list[Image], reviewer: User, adjudicator: User
) -> None:
    flag = flag_image(reviewer=reviewer, image_id=three[0].pk, note="  A screenshot.  ")
    place = QueueItem.objects.get(image=three[0])
    assert (flag.note, place.lane, place.why) == ("A screenshot.", "adjudication", "adjudicated")
    with pytest.raises(Conflict):
        flag_image(reviewer=reviewer, image_id=three[0].pk, note="Again.")

    resolved = resolve_flag(flag_id=flag.pk, by=adjudicator)

    assert resolved.resolved_by == adjudicator
    assert QueueItem.objects.get(image=three[0]).lane == "ranked"
    assert resolve_flag(flag_id=flag.pk, by=adjudicator).resolved_at == resolved.resolved_at


def test_a_flag_on_a_settled_picture_leaves_its_label(three: list[Image], reviewer: User) -> None:
    record_review(image_id=three[0].pk, reviewer=reviewer, answer="ai")
    flag_image(reviewer=reviewer, image_id=three[0].pk, note="I doubt it.")
    assert Label.objects.get(image=three[0]).value == "ai"
    assert QueueItem.objects.get(image=three[0]).lane == "adjudication"


@pytest.mark.parametrize("note", ["", "   ", "x" * 501])
def test_a_flag_says_something_short(three: list[Image], reviewer: User, note: str) -> None:
    with pytest.raises(InvalidRequest):
        flag_image(reviewer=reviewer, image_id=three[0].pk, note=note)
    assert Flag.objects.count() == 0


# --- who may ---------------------------------------------------------------------------------


def test_an_outsider_takes_and_ends_nothing(
    three: list[Image], reviewer: User, outsider: User
) -> None:
    turns(reviewer, 1)
    flag = flag_image(reviewer=reviewer, image_id=three[2].pk, note="Look.")
    for refused in (
        lambda: take_turns(reviewer=outsider, limit=1),
        lambda: skip_turn(reviewer=outsider, image_id=three[0].pk),
        lambda: flag_image(reviewer=outsider, image_id=three[0].pk, note="Mine."),
        lambda: resolve_flag(flag_id=flag.pk, by=outsider),
        lambda: resolve_flag(flag_id=flag.pk, by=reviewer),
    ):
        with pytest.raises(NotAllowed):
            refused()
    assert renew_turns(reviewer=outsider, image_ids=[three[0].pk]) == []
    release_turns(reviewer=outsider, image_ids=[three[0].pk])

    flag.refresh_from_db()
    assert flag.resolved_at is None
    assert (open_showings(), Flag.objects.count(), Showing.objects.count()) == (1, 1, 1)


# --- cost ------------------------------------------------------------------------------------


def test_a_turn_costs_the_same_however_many_wait(reviewer: User) -> None:
    reviewer.has_perm("labelling.add_review")  # is asked once
    costs = []
    for more in (3, 30):
        for number in range(more):
            look_alike(picture(f"{more}-{number}", 0.5), angle=number % 8)
        with CaptureQueriesContext(connection) as queries:
            assert len(take_turns(reviewer=reviewer, limit=1)) == 1
        costs.append(len(queries))
        release_turns(reviewer=reviewer, image_ids=Image.objects.values_list("pk", flat=True))
    assert costs == [13, 13]


def test_the_heads_of_the_lines_are_read_from_their_indexes(reviewer: User) -> None:
    lanes = Lanes(reviewer, QueuePolicy.objects.get())
    for line, index in (
        (in_order(lanes.fresh("ranked")), "queue_lane (lane=? AND begun=?)"),
        (lanes.novel(), "queue_novel"),
    ):
        assert index in line[:9].explain()
