"""The API that sets two versions side by side: what the page shows, to whom it shows it."""

from collections.abc import Callable
from typing import Any

import pytest

from classifier.models import ModelVersion
from tests.labelling.programs import with_token
from tests.labelling.rows import make_image, make_version, predict
from tests.worker.conftest import People

pytestmark = pytest.mark.django_db

COMPARE = "/api/v1/versions/compare/"
FIGURE = {"value": 0.9, "low": 0.8, "high": 0.95}
Queries = Callable[[int], Any]


@pytest.fixture
def two(db: None) -> tuple[ModelVersion, ModelVersion]:
    before, after = make_version(1), make_version(2, live=True)
    before.metrics = {"gold": {"n": 60, "auroc": FIGURE, "groups": [{"source": "a"}]}}
    before.save()
    return before, after


def judged(name: str, two: tuple[ModelVersion, ModelVersion], was: float, now: float) -> str:
    image = make_image(name)
    for version, said in zip(two, (was, now), strict=True):
        predict(image, version, said)
    return str(image.pk)


def test_what_the_page_shows_is_told(
    two: tuple[ModelVersion, ModelVersion], people: People
) -> None:
    small, large, _ = (
        judged(name, two, was, now)
        for name, was, now in (("a", 0.4, 0.5), ("b", 0.1, 0.9), ("c", 0.3, 0.3))
    )

    body = with_token(people.admin, "read").get(COMPARE, {"a": 1, "b": 2}).json()

    assert (body["a"], body["b"], body["looked_at"]) == (1, 2, 3)
    assert body["sets"] == [{"set": "gold", "a": {"n": 60, "auroc": FIGURE}, "b": None}]
    assert [one["image"] for one in body["differences"]] == [large, small]
    most = body["differences"][0]
    assert most["url"] == f"http://testserver/api/v1/images/{large}/"
    assert most["by"] == pytest.approx(0.8)
    assert (most["a"]["probability_ai"], most["b"]["verdict"]) == (0.1, "ai")
    assert [chart["chart"] for chart in body["charts"]] == ["reliability", "histograms"]
    assert body["charts"][1]["series"] == ["Version 1", "Version 2"]


@pytest.mark.parametrize(
    ("query", "pair"), [({}, (1, 2)), ({"a": 2}, (2, 2)), ({"a": 2, "b": 1}, (2, 1))]
)
def test_what_is_not_named_is_the_newest(
    two: tuple[ModelVersion, ModelVersion], people: People, query: Any, pair: tuple[int, int]
) -> None:
    body = with_token(people.admin).get(COMPARE, {**query, "fields": "a,b"}).json()
    assert (body["a"], body["b"]) == pair


def test_it_costs_the_same_however_many_pictures(
    two: tuple[ModelVersion, ModelVersion], people: People, django_assert_num_queries: Queries
) -> None:
    client = with_token(people.admin)
    for count in (2, 12):
        for number in range(count):
            judged(f"{count} {number}", two, 0.1, 0.9)
        # the token, permissions (2), the newest, both versions, what both said (4) and how often
        with django_assert_num_queries(10):
            client.get(COMPARE)


def test_of_one_version_there_is_nothing_to_compare(people: People) -> None:
    make_version(1, live=True)
    client = with_token(people.admin)
    assert client.get(COMPARE).json()["code"] == "not_found"
    assert client.get(COMPARE, {"a": 1, "b": 9}).json()["code"] == "not_found"


@pytest.mark.parametrize("asked", ["x", "", "-1", "²", "9" * 5000])
def test_what_is_no_number_is_refused(
    two: tuple[ModelVersion, ModelVersion], people: People, asked: str
) -> None:
    answer = with_token(people.admin).get(COMPARE, {"a": asked})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


@pytest.mark.parametrize("who", ["reviewer", "outsider"])
def test_it_is_told_to_administrators_alone(
    two: tuple[ModelVersion, ModelVersion], people: People, who: str
) -> None:
    answer = with_token(getattr(people, who)).get(COMPARE)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
