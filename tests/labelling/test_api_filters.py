"""The filters and sorts of the pictures' list; what makes no sense is refused."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from classifier.queries import production_version
from labelling.models import Image, Submission, User
from labelling.services.review import record_review
from tests.labelling.programs import IMAGES, with_token
from tests.labelling.rows import make_image, make_version, predict

pytestmark = pytest.mark.django_db


def ids(person: User, query: str = "") -> list[str]:
    answer = with_token(person).get(f"{IMAGES}?{query}")
    assert answer.status_code == 200, answer.json()
    return [row["id"] for row in answer.json()["results"]]


def names(person: User, query: str = "") -> list[str]:
    """The pictures by the name that ``make`` gave them."""
    given = {str(image.pk): image.failure for image in Image.objects.all()}
    return [given[found] for found in ids(person, query)]


def make(name: str, probability: float | None = None, **fields: Any) -> Image:
    """A picture that knows its name, and perhaps what version 1 says of it."""
    image = make_image(name, failure=name, **fields)
    if probability is not None:
        predict(image, production_version() or make_version(1, live=True), probability)
    return image


def test_words_may_be_several_and_probabilities_run_from_0_to_1(administrator: User) -> None:
    make("sure", 0.97)
    make("half", 0.6)
    make("human", 0.1)
    make("waiting")

    assert names(administrator, "verdict=ai") == ["half", "sure"]
    assert names(administrator, "verdict=ai,human") == ["human", "half", "sure"]
    assert names(administrator, "probability_from=0.6") == ["half", "sure"]
    assert names(administrator, "probability_from=0.97") == ["sure"]
    assert names(administrator, "probability_to=0.6") == ["human", "half"]
    assert names(administrator, "probability_from=0.2&probability_to=0.9") == ["half"]
    assert names(administrator, "version=1,2") == ["human", "half", "sure"]
    assert names(administrator, "version=2") == []
    assert names(administrator, "state=waiting") == ["waiting"]


def test_several_labels_are_any_of_them(administrator: User, reviewer: User) -> None:
    for name, answer in (("a", "ai"), ("h", "human"), ("u", "unusable")):
        record_review(image_id=make(name).pk, reviewer=reviewer, answer=answer)
    make("open")

    assert names(administrator, "label=ai,unusable") == ["u", "a"]
    assert names(administrator, "label=settled") == ["u", "h", "a"]
    assert names(administrator, "label=unsettled,human") == ["open", "h"]


def test_moments_bound_when_it_came(administrator: User) -> None:
    make("old")
    now = timezone.now()
    Image.objects.update(received_at=now - timedelta(days=2))
    make("new")
    yesterday = quote((now - timedelta(days=1)).isoformat())

    assert names(administrator, f"received_after={yesterday}") == ["new"]
    assert names(administrator, f"received_before={yesterday}") == ["old"]


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("newest", ["waiting", "b", "c", "a"]),
        ("oldest", ["a", "c", "b", "waiting"]),
        ("largest", ["c", "waiting", "b", "a"]),
        ("ai", ["a", "b", "c"]),
        ("human", ["c", "b", "a"]),
        ("uncertain", ["b", "c", "a"]),
    ],
)
def test_each_sort_goes_on_over_its_pages(administrator: User, sort: str, order: list[str]) -> None:
    make("a", 0.95, size=1)
    make("c", 0.2, size=9)
    make("b", 0.55, size=2)
    make("waiting", size=3)
    client = with_token(administrator)
    given = {str(image.pk): image.failure for image in Image.objects.all()}

    address, found = f"{IMAGES}?sort={sort}&limit=1", []
    while address:
        page = client.get(address).json()
        found += [given[row["id"]] for row in page["results"]]
        address = page["next"]
    assert found == order


@pytest.mark.parametrize(
    "query",
    [
        "verdict=robot",
        "verdict=ai,",
        "verdict=ai&verdict=human",
        "verdict=" + ",".join(["ai"] * 10_000),
        "probability_from=1.01",
        "probability_from=-1",
        "probability_from=nan",
        "probability_from=1e999",
        "probability_to=high",
        "version=0",
        "version=1.5",
        "version=" + "9" * 400,
        "received_after=yesterday",
        "received_after=99999-01-01T00:00:00Z",
        "received_after=0001-01-01T00:00:00%2B14:00",
        "received_before=9999-12-31T23:59:59-01:00",
        "received_from=2026-13-45",
        "received_from=0000-01-01",
        "name=%00",
        "name=" + "x" * 101,
        "sort=best",
        "similar=00000000-0000-0000-0000-000000000000",
        "nonsense=1",
        "label=gold;drop",
    ],
)
def test_a_filter_that_makes_no_sense_is_refused(administrator: User, query: str) -> None:
    make("one", 0.9)
    answer = with_token(administrator).get(f"{IMAGES}?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


def test_what_only_some_may_ask_for_is_refused_to_others(
    outsider: User, reviewer: User, administrator: User
) -> None:
    make_image("mine", owner=outsider)
    for query in ("uploader=olli", "disagreement=people"):
        assert with_token(outsider).get(f"{IMAGES}?{query}").status_code == 400
        assert with_token(reviewer).get(f"{IMAGES}?{query}").status_code == 200
    for query in ("label=gold", "state=audit"):
        assert with_token(reviewer).get(f"{IMAGES}?{query}").status_code == 400
        assert with_token(administrator).get(f"{IMAGES}?{query}").status_code == 200


def test_nor_once_somebody_has_read_the_schema(reviewer: User, administrator: User) -> None:
    """It lists every choice; what is made for it must not be kept for those who ask."""
    assert Client().get("/api/schema/").status_code == 200

    for query in ("label=gold", "state=audit"):
        assert with_token(reviewer).get(f"{IMAGES}?{query}").status_code == 400
        assert with_token(administrator).get(f"{IMAGES}?{query}").status_code == 200


def test_no_filter_finds_what_one_is_still_blind_to(
    reviewer: User, second_reviewer: User, outsider: User
) -> None:
    image = make("blind", 0.9)
    Submission.objects.create(image=image, submitter=outsider, channel="api")
    record_review(image_id=image.pk, reviewer=reviewer, answer="ai")

    queries = ("verdict=ai,human", "probability_from=0.5", "label=ai,human", "sort=ai", "version=1")
    for query in queries:
        assert names(second_reviewer, query) == [], query
        assert names(reviewer, query) == ["blind"], query
        assert names(outsider, query) == ["blind"], query


def test_names_of_others_files_are_not_searched(outsider: User, reviewer: User) -> None:
    image = make_image("mine", owner=outsider)
    Submission.objects.create(
        image=image, submitter=reviewer, channel="page", filename="secret.jpg"
    )
    assert ids(outsider, "name=secret") == []
    assert ids(reviewer, "name=secret") == [str(image.pk)]


def test_nor_while_one_is_blind_to_the_picture(
    outsider: User, reviewer: User, second_reviewer: User, administrator: User
) -> None:
    image = make("a machine's")
    Submission.objects.create(
        image=image, submitter=outsider, channel="api", filename="ComfyUI_00012_.png"
    )
    record_review(image_id=image.pk, reviewer=reviewer, answer="ai")

    found = {
        person.username: names(person, "name=ComfyUI")
        for person in (outsider, reviewer, second_reviewer, administrator)
    }
    assert found == {
        "olli": ["a machine's"],
        "robin": ["a machine's"],
        "sasha": [],
        "alex": ["a machine's"],
    }
    assert names(second_reviewer, "source=api&uploader=olli") == ["a machine's"]


@pytest.mark.parametrize("query", ["verdict=ai,human&label=unsettled&sort=uncertain", "name=mine"])
@pytest.mark.parametrize("who", ["administrator", "reviewer"])
def test_a_filtered_list_needs_as_many_queries_for_many_as_for_one(
    who: str, query: str, request: pytest.FixtureRequest, django_assert_num_queries
) -> None:
    person: User = request.getfixturevalue(who)
    client, address = with_token(person), f"{IMAGES}?{query}"

    def hand_in(number: int) -> None:
        image = make(str(number), 0.5 + number / 20)
        Submission.objects.create(
            image=image, submitter=person, channel="page", filename=f"mine-{number}.jpg"
        )

    hand_in(8)
    with CaptureQueriesContext(connection) as one:
        client.get(address)
    for number in range(1, 8):
        hand_in(number)
    with django_assert_num_queries(len(one)):
        assert len(client.get(address).json()["results"]) == 8
