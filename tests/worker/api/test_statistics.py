"""The API of statistics: what the dashboard shows, from what was counted."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.utils import timezone

from classifier.models import ModelVersion
from classifier.vocabulary import Label
from tests.labelling.programs import with_token
from tests.worker.challengers import challenger, in_shadow
from tests.worker.conftest import People, settle_pictures
from worker.models import DriftLook, HourlyTally, TrainingRun

STATISTICS = "/api/v1/statistics/"
Queries = Callable[[int], Any]


def tally(what: str, key: str, count: int, *, hours: int = 0, version: int = 0) -> None:
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    hour = now - timedelta(hours=hours)
    HourlyTally.objects.create(hour=hour, what=what, key=key, version=version, count=count)


def test_a_site_on_which_nothing_happened_yet(people: People) -> None:
    body = with_token(people.admin, "read").get(STATISTICS).json()
    assert body["version"] is None
    assert body["accuracy"] == {
        "value": None, "low": None, "high": None, "n": 0, "least": 20, "why": "too_few_items",
    }  # fmt: skip
    assert (body["judged"], body["answered"], body["waiting"], body["to_review"]) == (0, 0, 0, 0)
    assert body["agreement"] == {"looked_at": None, "reviewers": None, "overruled": None}
    assert body["lead"] == "No version answers yet, so pictures wait."
    assert (body["version_before"], body["in_shadow"], body["below_floor"]) == (None, None, [])
    assert body["learning"] == {"new_labels": 0, "needed": 20, "training_run": None}
    assert len(body["days"]) == 7
    assert body["days"][-1] == {
        "day": timezone.localdate().isoformat(),
        "submissions": {"page": 0, "api": 0, "predict": 0, "import": 0},
        "verdicts": {"ai": 0, "human": 0, "uncertain": 0},
        "reviews": {"ai": 0, "human": 0, "unsure": 0, "unusable": 0},
    }


def test_what_came_and_what_was_said_is_counted_by_day(
    version: ModelVersion, people: People
) -> None:
    tally("submission", "page", 5)
    tally("verdict", "ai", 3, version=1)
    tally("verdict", "uncertain", 1, version=1)
    tally("review", "unsure", 2)
    tally("submission", "api", 7, hours=49)
    body = with_token(people.admin).get(STATISTICS, {"days": 30}).json()
    assert (body["version"], body["judged"], body["answered"]) == (1, 4, 3)
    assert len(body["days"]) == 30
    assert sum(day["submissions"]["api"] for day in body["days"][:-1]) == 7
    assert sum(day["submissions"]["page"] for day in body["days"]) == 5
    assert sum(day["verdicts"]["ai"] for day in body["days"]) == 3
    assert sum(day["reviews"]["unsure"] for day in body["days"]) == 2


def test_what_can_be_done_next_is_told(
    version: ModelVersion, people: People, tmp_path: Path, settings: LazySettings
) -> None:
    settings.RETRAIN_MIN_NEW_LABELS = 4
    settle_pictures(Label.AI, range(3), by=people.reviewer)
    in_shadow(challenger(tmp_path / "two"), version)
    run = TrainingRun.objects.create(parent=version)
    body = with_token(people.admin).get(STATISTICS).json()
    assert body["lead"] == "The detector is holding; nothing is alarmed."
    assert (body["version"], body["version_before"], body["in_shadow"]) == (1, None, 2)
    assert body["learning"] == {"new_labels": 3, "needed": 4, "training_run": run.pk}


def test_agreement_is_that_of_the_last_look_at_settled_pictures(
    version: ModelVersion, people: People
) -> None:
    now = timezone.now()
    DriftLook.objects.create(
        version=version,
        window="labels",
        pictures=200,
        number=1,
        first_at=now,
        last_at=now,
        readings=[{"figure": "agreement", "after": 0.9}, {"figure": "overrides", "after": 0.1}],
    )
    told = with_token(people.admin).get(STATISTICS).json()["agreement"]
    assert (told["reviewers"], told["overruled"]) == (0.9, 0.1)
    assert told["looked_at"].endswith("Z")


def test_it_costs_the_same_however_much_there_is(
    version: ModelVersion, people: People, django_assert_max_num_queries: Queries
) -> None:
    client = with_token(people.admin)
    for number in range(30):
        tally("submission", "page", 5, hours=number)
        tally("verdict", "ai", 3, hours=number, version=1)
    # the token, permissions (2), what stands (4), the state (8 and 1), what is new to learn from
    # (3), the silent tests, the last look, the tallies
    with django_assert_max_num_queries(22):
        client.get(STATISTICS, {"days": 90})
    with django_assert_max_num_queries(15):
        client.get(f"{STATISTICS}charts/", {"range": "90d"})


def test_the_charts_are_those_of_the_dashboard(version: ModelVersion, people: People) -> None:
    tally("submission", "page", 5)
    client = with_token(people.admin)
    body = client.get(f"{STATISTICS}charts/", {"range": "24h"}).json()
    assert body["range"] == "24h"
    charts = {chart["chart"]: chart for chart in body["charts"]}
    assert {"verdicts", "uploads", "reviews", "accuracy", "agreement"} <= set(charts)
    uploads = charts["uploads"]
    place = uploads["series"].index("Page")
    assert sum(row["values"][place] for row in uploads["rows"]) == 5
    browser = client.get("/dashboard/charts/uploads.json?range=24h")
    assert browser.status_code == 302, "the pages take no token"


@pytest.mark.parametrize(
    ("address", "query"),
    [
        ("", {"days": "0"}),
        ("", {"days": "91"}),
        ("", {"days": "00019999"}),
        ("", {"days": "x"}),
        ("", {"fields": "weather"}),
        ("charts/", {"range": "1y"}),
    ],
)
def test_what_makes_no_sense_is_refused(people: People, address: str, query: Any) -> None:
    answer = with_token(people.admin).get(f"{STATISTICS}{address}", query)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


@pytest.mark.parametrize("who", ["reviewer", "outsider"])
def test_statistics_are_told_to_administrators_alone(people: People, who: str) -> None:
    client = with_token(getattr(people, who))
    for address in ("", "charts/"):
        assert client.get(f"{STATISTICS}{address}").json()["code"] == "not_allowed"
