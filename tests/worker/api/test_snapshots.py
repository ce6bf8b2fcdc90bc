"""The snapshots' API: which there are, what each holds, and from a picture to what saw it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from labelling.models import Image, Review, Submission, User
from tests.labelling.programs import with_token
from tests.worker.conftest import People
from tests.worker.test_lineage import WHY, history, snapshot_of  # noqa: F401  # one is a fixture
from worker.models import DatasetSnapshot

SNAPSHOTS = "/api/v1/snapshots/"
Queries = Callable[[int], Any]
SECOND = f"{17:064x}"

pytestmark = pytest.mark.usefixtures("history")


def test_the_list_names_the_versions_that_each_trained(people: People) -> None:
    rows = with_token(people.reviewer, "read").get(SNAPSHOTS).json()["results"]
    assert [row["versions"] for row in rows] == [[], [17], [16]]
    newest = DatasetSnapshot.objects.get(digest=SECOND)
    assert rows[1].pop("created_at").endswith("Z")
    assert rows[1] == {
        "digest": SECOND,
        "url": f"http://testserver{SNAPSHOTS}{SECOND}/",
        "page": f"http://testserver{newest.get_absolute_url()}",
        "ai": 0,
        "human": 0,
        "gold": 0,
        "versions": [17],
    }
    assert with_token(people.reviewer).get(SNAPSHOTS, {"use": "gold"}).status_code == 400


def test_the_list_costs_as_much_for_many_as_for_one(
    people: People, django_assert_num_queries: Queries
) -> None:
    client = with_token(people.admin)
    with django_assert_num_queries(6):  # the token, permissions (2), snapshots, runs, versions
        assert len(client.get(SNAPSHOTS).json()["results"]) == 3
    for number in range(20, 25):
        snapshot_of(number, {})
    with django_assert_num_queries(6):
        assert len(client.get(SNAPSHOTS).json()["results"]) == 8


@pytest.mark.parametrize("who", ["reviewer", "admin"])
def test_a_snapshot_counts_its_pictures_by_use(people: People, who: str) -> None:
    body = with_token(getattr(people, who)).get(f"{SNAPSHOTS}{SECOND}/").json()
    assert body["uses"] == [
        {"use": "train", "ai": 1, "human": 0, "deleted": 0},
        {"use": "gold", "ai": 1, "human": 0, "deleted": 0},
        {"use": "left_out", "ai": 1, "human": 0, "deleted": 0},
    ]


def test_an_outsider_learns_nothing_of_them(history: list[Image], people: People) -> None:  # noqa: F811
    client = with_token(people.outsider)
    history[0].submissions.update(submitter=people.outsider)
    lineage = f"/api/v1/images/{history[0].pk}/lineage/"
    parts = ("", f"{SECOND}/", f"{SECOND}/items/", f"{SECOND}/manifest/", f"{'0' * 64}/")
    for address in (*(f"{SNAPSHOTS}{part}" for part in parts), lineage):
        answer = client.get(address)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed"), address


def test_no_snapshot_is_not_found(people: People) -> None:
    for part in ("", "items/", "manifest/"):
        answer = with_token(people.admin).get(f"{SNAPSHOTS}{'0' * 64}/{part}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_its_pictures_stand_as_they_were_labelled_then(
    history: list[Image],  # noqa: F811
    people: People,
) -> None:
    a, b, c = history
    items = f"{SNAPSHOTS}{SECOND}/items/"
    client = with_token(people.admin)
    rows = {row["sha256"]: row for row in client.get(items).json()["results"]}
    assert list(rows) == sorted(rows)
    assert rows[c.sha256] == {
        "sha256": c.sha256,
        "image": str(c.pk),
        "use": "left_out",
        "label": "ai",
        "why": WHY,
        "group": c.sha256,
        "source": "",
        "deleted_at": None,
    }
    some = client.get(items, {"use": "train,gold"}).json()["results"]
    assert {row["sha256"] for row in some} == {a.sha256, b.sha256}
    assert client.get(items, {"label": "ai"}).json()["code"] == "invalid_request"


@pytest.mark.parametrize("use", ["", "gold", "train,gold,left_out"])
def test_a_reviewer_finds_only_what_they_have_answered_for(
    history: list[Image],  # noqa: F811
    people: People,
    adjudicator: User,
    second_reviewer: User,
    use: str,
) -> None:
    """That a picture stands there says that it is settled, and so that it tests whom it asks."""
    b = history[1]
    Submission.objects.create(image=b, submitter=second_reviewer, channel="page")
    Submission.objects.create(image=b, submitter=people.outsider, channel="page")
    items, query = f"{SNAPSHOTS}{SECOND}/items/", {"use": use} if use else {}

    def found(person: User) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = with_token(person).get(items, query).json()["results"]
        return rows

    assert found(second_reviewer) == [], "who handed it in decides blind, too"
    assert with_token(people.outsider).get(items, query).status_code == 403
    everybody = found(people.admin)
    assert len(everybody) == (1 if use == "gold" else 3)
    assert found(adjudicator) == everybody
    assert found(people.reviewer) == [row | {"group": None} for row in everybody]

    answered = Review.objects.create(image=b, reviewer=second_reviewer, answer="human")
    mine = [row for row in everybody if row["sha256"] == b.sha256]
    assert found(second_reviewer) == [row | {"group": None} for row in mine]
    assert (mine[0]["use"], mine[0]["label"], mine[0]["group"]) == ("gold", "ai", b.sha256)
    Review.objects.create(image=b, reviewer=second_reviewer, answer="retracted", retracts=answered)
    assert found(second_reviewer) == []


def test_a_reviewer_finds_no_row_of_a_picture_that_is_gone(
    history: list[Image],  # noqa: F811
    people: People,
) -> None:
    gone = history[0].sha256
    history[0].delete()
    items = f"{SNAPSHOTS}{SECOND}/items/"
    rows = {row["sha256"]: row for row in with_token(people.admin).get(items).json()["results"]}
    assert (rows[gone]["image"], rows[gone]["label"]) == (None, "ai")
    assert len(rows) == 3
    rows = with_token(people.reviewer).get(items).json()["results"]
    assert gone not in {row["sha256"] for row in rows}
    assert len(rows) == 2


def test_the_pictures_cost_as_much_for_many_as_for_one(
    people: People, second_reviewer: User, django_assert_num_queries: Queries
) -> None:
    items = f"{SNAPSHOTS}{SECOND}/items/"
    for person, found in ((people.admin, 3), (people.reviewer, 3), (second_reviewer, 0)):
        client = with_token(person)
        with django_assert_num_queries(5):  # the token, permissions (2), the snapshot, its items
            assert len(client.get(items, {"limit": 1}).json()["results"]) == min(found, 1)
        with django_assert_num_queries(5):
            assert len(client.get(items).json()["results"]) == found


def test_the_manifest_is_for_whoever_is_not_blind(people: People, adjudicator: User) -> None:
    name = default_storage.save("snapshots/one/manifest.jsonl", ContentFile(b'{"sha256":"0"}\n'))
    DatasetSnapshot.objects.update(manifest=name)
    manifest = f"{SNAPSHOTS}{SECOND}/manifest/"
    for person in (people.admin, adjudicator):
        answer = with_token(person, "read").get(manifest)
        assert b"".join(answer.streaming_content) == b'{"sha256":"0"}\n'
        assert answer.headers["Content-Type"] == "application/x-ndjson"
        assert f"snapshot-{SECOND[:12]}.jsonl" in answer.headers["Content-Disposition"]
    assert with_token(people.reviewer).get(manifest).json()["code"] == "not_allowed"
    default_storage.delete(name)
    assert with_token(people.admin).get(manifest).json()["code"] == "not_found"


def test_from_a_picture_to_the_versions_that_saw_it(
    history: list[Image],  # noqa: F811
    people: People,
    second_reviewer: User,
    django_assert_num_queries: Queries,
) -> None:
    b = history[1]
    address = f"/api/v1/images/{b.pk}/lineage/"
    client = with_token(people.admin)
    with django_assert_num_queries(5):  # the token, permissions (2), the picture, who saw it
        body = client.get(address).json()
    assert body == {
        "blind": False,
        "seen": [
            {"version": 17, "state": "candidate", "use": "gold", "why": "", "label": "ai",
             "snapshot": SECOND},
            {"version": 16, "state": "candidate", "use": "train", "why": "", "label": "human",
             "snapshot": f"{16:064x}"},
        ],
    }  # fmt: skip
    blind = with_token(second_reviewer).get(address).json()
    assert blind == {"blind": True, "seen": None}
