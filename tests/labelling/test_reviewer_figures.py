"""The figures of reviewers: exactly those of plain loops, in a constant number of queries."""

from collections.abc import Callable
from itertools import count

import pytest
from django.utils import timezone

from labelling.models import Image, Label, QueuePolicy, Review, User
from labelling.reviewer_figures import ReviewerFigures, reviewer_figures, since_days
from labelling.silent_tests import own_accuracy, reviewers_below_floor
from labelling.site_agreement import site_agreement
from labelling.statistics.figure import Figure, NoFigure, Why
from tests.labelling.rows import backdate, make_image
from tests.people import REVIEWERS, make_person
from tests.races import RunModule

Answered = Callable[..., Review]
QUERIES = 10


@pytest.mark.parametrize("reviews", [300, 6000])
def test_the_figures_are_those_of_plain_loops(run_module: RunModule, reviews: int) -> None:
    left = run_module("tests.labelling.many_reviews", str(reviews))
    found, by_hand = left["found"], left["by_hand"]
    assert left["reviews"] >= reviews
    for name, told in by_hand["figures"].items():
        row = found["figures"][name]
        for figure, value in told.items():
            wanted = value if figure != "right" or told["tests"] >= 20 else 0
            assert row[figure] == pytest.approx(wanted), (name, figure)
    assert set(found["figures"]) == set(by_hand["figures"])
    assert found["pictures"] == by_hand["pictures"]
    assert found["percent"] == pytest.approx(by_hand["percent"])
    assert found["queries"] == QUERIES
    if reviews == 6000:
        assert found["worst_pairs"][0][1] == "r7"
        assert found["below"][0] == "r7"
        assert "r0" not in found["below"]


@pytest.fixture
def answered(db: None) -> Answered:
    """Answer a picture of its own at the desk, or the one that is given."""
    numbers = count()

    def answer(person: User, said: str, *, image: Image | None = None, label: str = "", **fields):
        image = image or make_image(f"p{next(numbers)}")
        if label:
            Label.objects.get_or_create(
                image=image, defaults={"value": label, "settled_at": timezone.now()}
            )
        days = fields.pop("days", None)
        wanted = {"seconds": 2.0} | fields
        review = Review.objects.create(image=image, reviewer=person, answer=said, **wanted)
        if days is not None:
            backdate(review, days)
        return review

    return answer


def give_tests(answered: Answered, person: User, right: int, wrong: int, **fields) -> None:
    for place in range(right + wrong):
        label = "ai" if place < right else "human"
        answered(person, "ai", label=label, silent=True, **fields)


def only(person: User, **options) -> ReviewerFigures:
    (row,) = reviewer_figures(of=[person], **options)
    return row


def test_pace_is_the_median_and_pictures_in_an_hour_of_looking(
    answered: Answered, reviewer: User
) -> None:
    for seconds in (1.0, 2.0, 3.0, 10_000.0):
        answered(reviewer, "ai", seconds=seconds)
    row = only(reviewer)
    assert row.seconds == 2.5
    assert row.an_hour == pytest.approx(3600 * 4 / 606)  # nobody looks for more than ten minutes


def test_what_was_not_answered_at_the_desk_is_not_counted(
    answered: Answered, reviewer: User, second_reviewer: User
) -> None:
    answered(reviewer, "ai", seconds=None)  # imported, or in bulk
    answered(reviewer, "ai", adjudicates=True)
    gone = answered(reviewer, "ai")
    answered(reviewer, "retracted", image=gone.image, retracts=gone, seconds=None)
    assert reviewer_figures() == []
    answered(reviewer, "unsure")
    answered(reviewer, "unusable")
    answered(second_reviewer, "human", silent=True)
    first, second = reviewer_figures()
    assert (first.answers, first.decided, first.unsure, first.unusable) == (2, 0, 1, 1)
    assert (second.answers, second.decided) == (1, 1)


def test_only_what_came_since_then_is_counted(answered: Answered, reviewer: User) -> None:
    answered(reviewer, "ai", days=31)
    answered(reviewer, "human", days=1)
    assert only(reviewer, since=since_days(30)).answers == 1
    assert only(reviewer, since=since_days(None)).answers == 2


def test_the_first_answer_to_a_silent_test_counts(answered: Answered, reviewer: User) -> None:
    give_tests(answered, reviewer, right=19, wrong=0)
    assert only(reviewer).accuracy == NoFigure(19, 20)
    slip = answered(reviewer, "human", label="ai", silent=True)
    answered(reviewer, "retracted", image=slip.image, retracts=slip, silent=True)
    answered(reviewer, "ai", image=slip.image, silent=True)
    answered(reviewer, "unsure", label="ai", silent=True)  # decides nothing, so is not wrong
    answered(reviewer, "human", silent=True)  # its picture is not settled any more
    found = only(reviewer).accuracy
    assert isinstance(found, Figure)
    assert (found.value, found.n) == (0.95, 20)
    assert found.low < 0.95 < found.high


def test_an_answer_after_one_that_was_undone_is_no_test(answered: Answered, reviewer: User) -> None:
    """Not even where the first was none: its picture measured nobody while it was answered."""
    give_tests(answered, reviewer, right=20, wrong=0)
    for tested in (True, False):
        slip = answered(reviewer, "ai", label="human", silent=tested)
        answered(reviewer, "retracted", image=slip.image, retracts=slip, silent=tested)
        answered(reviewer, "human", image=slip.image, silent=True)  # having seen what was found
    found = only(reviewer).accuracy
    assert isinstance(found, Figure)
    assert (round(found.value * found.n), found.n) == (20, 21)


def test_an_answer_against_the_adjudicators_word_is_overruled(
    answered: Answered, reviewer: User, adjudicator: User
) -> None:
    for said, word in (("ai", "ai"), ("ai", "human"), ("unsure", "ai"), ("ai", "unusable")):
        vote = answered(reviewer, said)
        answered(adjudicator, word, image=vote.image, adjudicates=True)
    withdrawn = answered(reviewer, "ai")
    gone = answered(adjudicator, "human", image=withdrawn.image, adjudicates=True)
    answered(adjudicator, "retracted", image=gone.image, retracts=gone, seconds=None)
    row = only(reviewer)
    assert (row.overruled, row.adjudicated) == (1, 2)


def test_agreement_counts_votes_that_are_independent(
    answered: Answered, reviewer: User, second_reviewer: User, adjudicator: User
) -> None:
    for place in range(24):
        vote = answered(reviewer, "ai" if place < 12 else "human")
        answered(second_reviewer, "ai" if place < 11 else "human", image=vote.image)
    for fields in ({"silent": True}, {"seconds": None}, {"adjudicates": True}):
        vote = answered(reviewer, "ai")
        answered(adjudicator, "human", image=vote.image, **fields)
    vote = answered(reviewer, "ai")
    answered(adjudicator, "unsure", image=vote.image)
    vote = answered(reviewer, "ai")
    gone = answered(adjudicator, "ai", image=vote.image)
    answered(adjudicator, "retracted", image=vote.image, retracts=gone, seconds=None)
    answered(adjudicator, "human", image=vote.image)  # having seen what the others said
    found = site_agreement()
    assert found.pictures == 24
    assert isinstance(found.percent, Figure)
    assert found.percent.value == pytest.approx(23 / 24)
    (pair,) = found.pairs
    assert (pair.first, pair.second, pair.kappa.n) == (reviewer, second_reviewer, 24)
    assert pair.kappa.value == pytest.approx(11 / 12)
    assert site_agreement(since=timezone.now()).percent == NoFigure(0, 20, Why.TOO_FEW_RATERS)


def test_whoever_is_below_the_floor_by_enough_tests_is_pointed_out(
    answered: Answered, reviewer: User, second_reviewer: User, adjudicator: User, outsider: User
) -> None:
    give_tests(answered, reviewer, right=15, wrong=5)
    give_tests(answered, second_reviewer, right=16, wrong=4)  # just what the policy asks for
    give_tests(answered, adjudicator, right=0, wrong=19)  # too few to say
    give_tests(answered, outsider, right=0, wrong=30)  # reviews no more
    found = reviewers_below_floor()
    assert [(one.person, one.accuracy.value, one.floor) for one in found] == [(reviewer, 0.75, 0.8)]
    QueuePolicy.objects.update(gold_floor=0.81)
    assert [one.person for one in reviewers_below_floor()] == [reviewer, second_reviewer]
    QueuePolicy.objects.all().delete()
    assert reviewers_below_floor() == []


def test_the_newest_hundred_tests_judge(answered: Answered, reviewer: User) -> None:
    give_tests(answered, reviewer, right=0, wrong=40, days=60)
    give_tests(answered, reviewer, right=90, wrong=10)
    assert reviewers_below_floor() == []
    give_tests(answered, reviewer, right=0, wrong=12)
    (one,) = reviewers_below_floor()
    assert (one.accuracy.n, one.accuracy.value) == (100, 0.78)


def test_people_beyond_the_first_cost_no_more(
    answered: Answered, reviewer: User, django_assert_num_queries
) -> None:
    give_tests(answered, reviewer, right=10, wrong=20)
    for place in range(5):
        person = make_person(f"p{place}", REVIEWERS)
        give_tests(answered, person, right=10, wrong=20)
    with django_assert_num_queries(QUERIES - 1):  # no two met, so nobody is looked up for that
        assert len(reviewer_figures()) == 6
        site_agreement()
        assert len(reviewers_below_floor()) == 6


def test_ones_own_accuracy_tells_of_no_single_picture(answered: Answered, reviewer: User) -> None:
    give_tests(answered, reviewer, right=29, wrong=0, days=2)
    known = own_accuracy(reviewer)
    assert isinstance(known, Figure)
    assert (known.value, known.n) == (1.0, 20)
    give_tests(answered, reviewer, right=0, wrong=30)  # today's change nothing
    assert own_accuracy(reviewer) == known
    give_tests(answered, reviewer, right=0, wrong=1, days=1)
    grown = own_accuracy(reviewer)
    assert isinstance(grown, Figure)
    assert grown.n == 30


def test_ones_own_accuracy_of_few_tests_is_none(answered: Answered, reviewer: User) -> None:
    give_tests(answered, reviewer, right=19, wrong=0, days=2)
    assert own_accuracy(reviewer) == NoFigure(10, 20)
