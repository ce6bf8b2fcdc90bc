"""The pages of reviewers' figures: what administrators read, what reviewers read of themselves."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from labelling.models import Label, Review, User
from labelling.pages import figure_words
from labelling.statistics.figure import Figure, NoFigure, Why
from tests.labelling.rows import backdate, make_image
from tests.people import REVIEWERS, make_person

Browse = Callable[[User], Client]


def give_tests(person: User, right: int, wrong: int, *, days: int = 2) -> None:
    for place in range(right + wrong):
        image = make_image(f"{person.username} {place}")
        Label.objects.create(image=image, value="ai", settled_at=timezone.now())
        answer = "ai" if place < right else "human"
        review = Review.objects.create(
            image=image, reviewer=person, answer=answer, silent=True, seconds=1.5
        )
        backdate(review, days)


def meet(first: User, second: User, pictures: int) -> None:
    for place in range(pictures):
        image = make_image(f"{first.username} {second.username} {place}")
        for person in (first, second):
            answer = "ai" if place % 2 else "human"
            Review.objects.create(image=image, reviewer=person, answer=answer, seconds=3)


def page(browse: Browse, person: User, name: str, **query: str) -> str:
    answer = browse(person).get(reverse(name), query)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("name", ["reviewers", "audit-log"])
@pytest.mark.parametrize("who", ["reviewer", "second_reviewer", "adjudicator", "outsider"])
def test_only_administrators_read_of_everybody(db, browse, name, who, request) -> None:
    measured = make_person("measured", REVIEWERS)
    give_tests(measured, 3, 27)
    answer = browse(request.getfixturevalue(who)).get(reverse(name))
    assert answer.status_code == 403
    assert "measured" not in answer.content.decode()
    assert Client().get(reverse(name)).status_code == 302
    administrator = request.getfixturevalue("administrator")
    assert browse(administrator).get(reverse(name)).status_code == 200


def test_an_empty_site_says_what_to_do(browse, administrator) -> None:
    html = page(browse, administrator, "reviewers")
    assert "Nobody has reviewed in this time." in html
    assert html.count("Too few") == 2
    assert "it takes 20 pictures that two people decided" in html


def test_agreement_is_told_in_words_with_n_and_interval(
    browse, administrator, reviewer, second_reviewer
) -> None:
    meet(reviewer, second_reviewer, 19)
    assert "19 of the 20 pictures that it takes" in page(browse, administrator, "reviewers")
    meet(second_reviewer, reviewer, 21)
    html = page(browse, administrator, "reviewers")
    assert '<dd class="stat">100%</dd>' in html
    assert "91 to 100%, 40 pictures" in html
    assert '<dd class="stat">1.00</dd>' in html
    assert "robin and sasha" in html
    assert "Too few" not in html.split("Each reviewer")[0]


def test_whoever_is_below_the_floor_stands_above_everything(
    browse, administrator, reviewer, second_reviewer
) -> None:
    give_tests(reviewer, 12, 8)
    give_tests(second_reviewer, 0, 19)
    html = page(browse, administrator, "reviewers")
    notice = html[html.index("notice bad") : html.index("How far they agree")]
    assert "robin" in notice
    assert "got 60% of the newest silent tests right (39 to 78%, 20 silent tests)" in notice
    assert "Your policy asks for 80%." in notice
    assert "sasha" not in notice
    assert "19 of the 20 tests that it takes" in html


def test_a_row_tells_pace_unsure_and_overruled(
    browse, administrator, reviewer, adjudicator
) -> None:
    for place, answer in enumerate(["ai", "ai", "unsure", "unusable"]):
        image = make_image(f"p{place}")
        Review.objects.create(image=image, reviewer=reviewer, answer=answer, seconds=2)
        word = {"image": image, "reviewer": adjudicator, "adjudicates": True}
        Review.objects.create(answer="human" if place else "ai", **word)
    html = " ".join(page(browse, administrator, "reviewers").split())
    for cell in ("2 decided", "2.0 s", "1800 an hour", "25%", "1 of 2"):
        assert cell in html
    assert html.count('<th scope="row">') == 1  # adjudications are no answers at the desk


def test_a_window_of_time_is_kept_to(browse, administrator, reviewer) -> None:
    give_tests(reviewer, 25, 0, days=31)
    assert "Nobody has reviewed" in page(browse, administrator, "reviewers", window="30")
    assert "Nobody has reviewed" in page(browse, administrator, "reviewers", window="nonsense")
    html = page(browse, administrator, "reviewers", window="all")
    assert "87 to 100%, 25 tests" in html


def test_reviewers_and_pictures_cost_no_queries(
    browse, administrator, reviewer, second_reviewer
) -> None:
    meet(reviewer, second_reviewer, 25)
    give_tests(reviewer, 0, 25)
    before = cost(browse, administrator, "reviewers")
    for place in range(4):
        person = make_person(f"p{place}", REVIEWERS)
        meet(reviewer, person, 22)
        give_tests(person, 0, 22)
    assert cost(browse, administrator, "reviewers") == before


def cost(browse: Browse, person: User, name: str) -> int:
    client = browse(person)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(reverse(name)).status_code == 200
    return len(asked)


def test_reviewers_read_their_own_figures_and_nobody_elses(
    browse, reviewer, second_reviewer
) -> None:
    give_tests(reviewer, 18, 2)
    give_tests(second_reviewer, 7, 23)
    html = " ".join(page(browse, reviewer, "my-figures").split())
    assert "90%" in html
    assert "70 to 97%, 20 silent tests" in html
    assert '<dd class="stat">20</dd>' in html
    assert "/images/" not in html.split("<main", 1)[1]
    assert "sasha" not in html
    assert "30 silent" not in html


def test_todays_silent_tests_change_nothing_that_a_reviewer_reads_of_them(browse, reviewer) -> None:
    give_tests(reviewer, 20, 0)
    before = page(browse, reviewer, "my-figures").split("Silent tests")[1]
    image = make_image("today")
    Label.objects.create(image=image, value="ai", settled_at=timezone.now())
    Review.objects.create(image=image, reviewer=reviewer, answer="human", silent=True, seconds=1)
    assert page(browse, reviewer, "my-figures").split("Silent tests")[1] == before


def test_whoever_has_not_reviewed_is_told_where_to_begin(browse, reviewer, outsider) -> None:
    html = page(browse, reviewer, "my-figures")
    assert "You have not reviewed in this time." in html
    assert browse(outsider).get(reverse("my-figures")).status_code == 403
    assert Client().get(reverse("my-figures")).status_code == 302


@pytest.mark.parametrize(
    ("value", "low", "high", "words"),
    [
        (0.9, 0.81, 0.95, "well enough to measure"),
        (0.9, 0.7, 0.95, "well enough to learn from"),
        (0.5, 0.4, 0.6, "too little"),
        (-0.2, -0.4, -0.1, "no more than people who guess"),
    ],
)
def test_alpha_is_read_by_its_bars_and_its_interval(value, low, high, words) -> None:
    assert words in figure_words.reading(Figure(value, low, high, 50))
    assert figure_words.reading(NoFigure(3, 20)) == ""


def test_figures_in_words() -> None:
    shown = figure_words.coefficient(Figure(-0.254, -0.5, 0.051, 1234), "pictures")
    assert (shown.number, shown.beside) == ("−0.25", "−0.50 to 0.05, 1,234 pictures")
    shown = figure_words.coefficient(NoFigure(30, 30, Why.ONE_ANSWER), "pictures")
    assert (shown.number, shown.beside) == (
        "None",
        "all 30 pictures got the same answer, which says nothing",
    )
    assert figure_words.part(1, 3) == "33%"
    assert figure_words.part(0, 0) == ""
