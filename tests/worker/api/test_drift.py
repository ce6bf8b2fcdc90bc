"""The API of drift: the looks that were taken, and a report made when it is asked for."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from classifier.models import ModelVersion
from tests.labelling.programs import with_token
from tests.worker.conftest import People
from tests.worker.drifting import come, settle
from worker.models import DriftLook
from worker.services.drift import look_when_due

LOOKS = "/api/v1/drift-reports/"
Queries = Callable[[int], Any]
MEMBERS = {
    "id", "url", "version", "window", "pictures", "number", "first_at", "last_at", "alarms",
    "created_at",
}  # fmt: skip
READING = {
    "figure", "layer", "against", "beyond", "measure", "by", "what", "before", "after", "p_value",
    "now", "least",
}  # fmt: skip
ESTIMATE = {"name", "value", "low", "high", "n", "least"}


def look(version: ModelVersion, *, hours: int, number: int, alarms: int = 0) -> DriftLook:
    at = timezone.now() - timedelta(hours=hours)
    alarm = {"figure": "width", "layer": "input", "against": "last_month", "sentence": "It moved.",
             "advice": "Look.", "images": [str(uuid4())]}  # fmt: skip
    return DriftLook.objects.create(
        version=version,
        window="pictures",
        pictures=200,
        number=number,
        first_at=at,
        last_at=at,
        alarms=[alarm] * alarms,
    )


def test_the_looks_are_listed_the_newest_first(version: ModelVersion, people: People) -> None:
    look(version, hours=5, number=1)
    look(version, hours=1, number=2, alarms=1)
    client = with_token(people.admin, "read")
    rows = client.get(LOOKS).json()["results"]
    assert [row["number"] for row in rows] == [2, 1]
    assert all(row.keys() == MEMBERS for row in rows)
    assert rows[0]["version"] == 1
    assert rows[0]["alarms"] == DriftLook.objects.get(number=2).alarms

    def found(**asked: Any) -> list[int]:
        return [row["number"] for row in client.get(LOOKS, asked).json()["results"]]

    assert (found(alarmed="true"), found(alarmed="false")) == ([2], [1])
    assert found(window="pictures") == [2, 1]
    assert (found(version=1), found(version=2)) == ([2, 1], [])
    assert client.get(LOOKS, {"alarmed": "maybe"}).json()["code"] == "invalid_request"


def test_the_list_costs_as_much_for_many_as_for_one(
    version: ModelVersion, people: People, django_assert_num_queries: Queries
) -> None:
    client = with_token(people.admin)
    look(version, hours=9, number=1)
    with django_assert_num_queries(5):  # the token, permissions (2), the looks, their versions
        client.get(LOOKS)
    for number in range(2, 7):
        look(version, hours=1, number=number, alarms=1)
    with django_assert_num_queries(5):
        assert len(client.get(LOOKS).json()["results"]) == 6


def test_a_look_and_a_report_tell_every_figure(version: ModelVersion, people: People) -> None:
    before = come(version, 400)
    settle(before[:210], by=people.reviewer)
    ids = come(version, 200, quality=40)
    client = with_token(people.admin)

    report = client.get(f"{LOOKS}latest/").json()
    assert not DriftLook.objects.exists(), "to ask is no look"
    assert report["lead"].startswith("Moved beyond chance: ")
    assert (report["version"], report["asked"], report["pictures"]) == (1, 200, 200)
    assert all(row.keys() == READING for row in report["readings"])
    assert all(row.keys() == ESTIMATE for row in report["estimates"])
    marked = next(one for one in report["marked"] if one["figure"] == "jpeg_quality")
    assert set(marked["images"]) <= {str(pk) for pk in ids}
    assert {"what": "files JPEG", "now": 1.0, "before": 1.0} in report["shares"]
    assert (len(report["scores"]["now"]), len(report["scores"]["before"])) == (20, 20)

    taken = look_when_due()[0]
    body = client.get(f"{LOOKS}{taken.pk}/").json()
    assert body.keys() == MEMBERS | {"readings", "estimates"}
    assert all(row.keys() == READING for row in body["readings"])
    moved = {row["figure"]: row for row in body["readings"] if row["beyond"]}
    assert moved["jpeg_quality"]["after"] == 40
    assert [row["name"] for row in body["estimates"]] == [
        "live_accuracy", "average_confidence", "thresholded_confidence",
    ]  # fmt: skip


def test_without_pictures_there_is_no_report(version: ModelVersion, people: People) -> None:
    client = with_token(people.admin)
    for address in ("latest/", "99/"):
        assert client.get(f"{LOOKS}{address}").json()["code"] == "not_found"


@pytest.mark.parametrize("n", ["19", "2001", "many", "-50", "1e3", "", "9" * 40])
def test_a_report_is_of_a_number_of_pictures(version: ModelVersion, people: People, n: str) -> None:
    answer = with_token(people.admin).get(f"{LOOKS}latest/", {"n": n})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


@pytest.mark.parametrize("who", ["reviewer", "outsider"])
def test_drift_is_told_to_administrators_alone(
    version: ModelVersion, people: People, who: str
) -> None:
    one = look(version, hours=1, number=1)
    client = with_token(getattr(people, who))
    for address in ("", "latest/", f"{one.pk}/", "99/"):
        assert client.get(f"{LOOKS}{address}").json()["code"] == "not_allowed"
