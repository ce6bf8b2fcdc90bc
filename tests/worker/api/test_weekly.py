"""The weekly reports' API: which weeks there are, and one of them in figures and in words."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from labelling.models import User
from tests.labelling.programs import with_token
from tests.worker.conftest import People
from worker.models import HourlyTally
from worker.weekly.week import Week

pytestmark = pytest.mark.django_db

REPORTS = "/api/v1/weekly-reports/"
ONE = f"{REPORTS}2026-W10/"
WEEK = Week(date(2026, 3, 2))
Queries = Callable[[int], Any]


def tally(what: str, key: str, count: int, *, week: Week = WEEK) -> None:
    hour = datetime(2026, 3, 4, 9, tzinfo=UTC) + (week.monday - WEEK.monday)
    HourlyTally.objects.create(hour=hour, what=what, key=key, version=0, count=count)


@pytest.fixture
def lived(people: People) -> User:
    """A week in which 120 pictures came in, after one of 100; the administrator."""
    tally("image", "", 120)
    tally("image", "", 100, week=WEEK.before)
    tally("submission", "api", 120)
    tally("review", "human", 8)
    return people.admin


def test_the_weeks_are_listed_with_what_came_in(lived: User) -> None:
    weeks = with_token(lived, "read").get(REPORTS, {"weeks": 520}).json()["weeks"]
    assert weeks[0]["week"] == Week.of(datetime.now(UTC)).name
    assert weeks[-1]["week"] == "2026-W09"
    assert weeks[-2] == {
        "week": "2026-W10",
        "url": f"http://testserver{ONE}",
        "page": "http://testserver/reports/weekly/2026-W10/",
        "first_day": "2026-03-02",
        "last_day": "2026-03-08",
        "pictures": 120,
    }
    few = with_token(lived).get(REPORTS, {"weeks": 3}).json()["weeks"]
    assert few == weeks[:3]


def test_a_new_site_has_none(people: People) -> None:
    assert with_token(people.admin).get(REPORTS).json() == {"weeks": []}


def test_a_week_is_told_in_figures_and_in_words(lived: User) -> None:
    body = with_token(lived, "read").get(ONE).json()
    assert (body["week"], body["over"]) == ("2026-W10", True)
    assert body["lead"].startswith("120 pictures came in, 20 more (+20%) than the week before;")
    now, before = body["now"], body["before"]
    assert (now["pictures"], before["pictures"]) == (120, 100)
    assert now["uploads"] == {"page": 0, "api": 120, "predict": 0, "import": 0}
    assert now["audited"]["right"] == {
        "value": None, "low": None, "high": None, "n": 0, "least": 20, "why": "too_few_items",
    }  # fmt: skip
    assert (now["reviews"], now["version"], now["agreed"]) == (8, None, None)
    assert now["runs"] == {"promoted": 0, "rejected": 0, "failed": 0}
    assert now["alerted"] == {"drifts": 0, "drifts_open": 0, "others": 0, "others_open": 0}
    traffic = body["sections"][0]
    assert traffic["title"] == "Traffic"
    assert traffic["lines"][0] == {
        "name": "New pictures", "now": "120", "before": "100", "change": "20 more (+20%)",
    }  # fmt: skip


def test_a_week_that_runs_is_not_over(lived: User) -> None:
    name = Week.of(datetime.now(UTC)).name
    assert with_token(lived).get(f"{REPORTS}{name}/").json()["over"] is False


def test_it_costs_the_same_however_much_came_in(
    lived: User, django_assert_num_queries: Queries
) -> None:
    client = with_token(lived)
    for more in (0, 30):
        for back in range(2, more):
            tally("image", "", 5, week=Week(WEEK.monday - timedelta(weeks=back)))
        with django_assert_num_queries(5):  # the token, permissions (2), the first week, pictures
            client.get(REPORTS)
        with django_assert_num_queries(18):  # fourteen for both weeks
            client.get(ONE)


@pytest.mark.parametrize("week", ["2020-W01", "2026-W54", "2099-W01", "0000-W00"])
def test_a_week_without_a_report_is_not_found(lived: User, week: str) -> None:
    answer = with_token(lived).get(f"{REPORTS}{week}/")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("weeks", ["0", "521", "x"])
def test_the_number_of_weeks_has_bounds(lived: User, weeks: str) -> None:
    answer = with_token(lived).get(REPORTS, {"weeks": weeks})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


@pytest.mark.parametrize("who", ["reviewer", "outsider"])
def test_reports_are_told_to_administrators_alone(lived: User, people: People, who: str) -> None:
    client = with_token(getattr(people, who))
    for address in (REPORTS, ONE):
        assert client.get(address).json()["code"] == "not_allowed"
