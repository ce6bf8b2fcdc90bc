"""The figures of reviewers, by the API."""

import pytest
from django.test import Client
from django.utils import timezone

from labelling.models import Label, QueuePolicy, Review, User
from tests.labelling.programs import with_token
from tests.labelling.rows import backdate, make_image
from tests.people import REVIEWERS, make_person

pytestmark = pytest.mark.django_db

REVIEWERS_PAGE = "/api/v1/reviewers/"
MINE = "/api/v1/me/figures/"


def answer(person: User, name: str, said: str, *, days: int = 0, silent: bool = False) -> None:
    image = make_image(name)
    Label.objects.create(image=image, value="ai", settled_at=timezone.now())
    review = Review.objects.create(
        image=image, reviewer=person, answer=said, seconds=2.0, silent=silent
    )
    backdate(review, days)


@pytest.fixture
def answered(reviewer: User) -> None:
    for number in range(20):
        answer(reviewer, f"test{number}", "human", days=40, silent=True)
    answer(reviewer, "new", "ai")
    answer(reviewer, "unsure", "unsure")


def test_administrators_see_everybody(answered: None, administrator: User) -> None:
    QueuePolicy.objects.update(gold_floor=0.8)
    told = with_token(administrator).get(REVIEWERS_PAGE).json()

    [row] = told["reviewers"]
    assert (row["reviewer"], row["answers"], row["decided"], row["unsure"]) == ("robin", 22, 21, 1)
    assert (row["seconds"], row["accuracy"]["value"], row["accuracy"]["n"]) == (2.0, 0.0, 20)
    [below] = told["below_floor"]
    assert (below["reviewer"], below["floor"]) == ("robin", 0.8)
    assert (told["agreement"]["pictures"], told["agreement"]["pairs"]) == (0, [])
    assert told["agreement"]["alpha"]["why"] == "too_few_raters"

    recent = with_token(administrator).get(f"{REVIEWERS_PAGE}?days=30&fields=reviewers").json()
    assert [row["answers"] for row in recent["reviewers"]] == [2]
    assert recent.keys() == {"reviewers"}


def test_a_reviewer_sees_their_own(answered: None, reviewer: User, second_reviewer: User) -> None:
    told = with_token(reviewer).get(MINE).json()
    assert (told["figures"]["answers"], told["accuracy"]["n"]) == (22, 20)
    # By its own share of so many days it would tell which picture was a test.
    assert "accuracy" not in told["figures"]
    assert with_token(reviewer).get(f"{MINE}?days=1").json()["figures"]["answers"] == 2
    assert with_token(second_reviewer).get(MINE).json()["figures"] is None


def test_who_is_told(answered: None, outsider: User, reviewer: User, administrator: User) -> None:
    for client, address, status in (
        (Client(), REVIEWERS_PAGE, 401),
        (Client(), MINE, 401),
        (with_token(outsider), REVIEWERS_PAGE, 403),
        (with_token(outsider), MINE, 403),
        (with_token(reviewer), REVIEWERS_PAGE, 403),
        (with_token(reviewer, "upload"), MINE, 403),
        (with_token(administrator), REVIEWERS_PAGE, 200),
    ):
        assert client.get(address).status_code == status


@pytest.mark.parametrize("days", ["0", "-1", "x", "3651", "99999999999999999999"])
def test_days_that_make_no_sense(administrator: User, days: str) -> None:
    answered = with_token(administrator).get(f"{REVIEWERS_PAGE}?days={days}")
    assert (answered.status_code, answered.json()["code"]) == (400, "invalid_request")


def test_it_needs_as_many_queries_for_many_as_for_one(
    answered: None, administrator: User, django_assert_max_num_queries
) -> None:
    client = with_token(administrator)
    with django_assert_max_num_queries(20) as one:
        client.get(REVIEWERS_PAGE)
    for number in range(3):
        person = make_person(f"r{number}", REVIEWERS)
        answer(person, f"of {number}", "ai")
    with django_assert_max_num_queries(len(one.captured_queries)):
        assert len(client.get(REVIEWERS_PAGE).json()["reviewers"]) == 4
