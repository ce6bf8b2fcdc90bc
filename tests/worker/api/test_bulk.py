"""Asking for work on many pictures: which, what becomes of them, and who may."""

from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client

from labelling.models import Image, Review, Submission, User
from tests.labelling.programs import with_token
from tests.labelling.rows import make_image, make_version, predict
from tests.worker.jobs.conftest import images, run, sent  # noqa: F401  # two are fixtures
from worker.api.bulk import STAYS
from worker.models import Job
from worker.services.jobs import choosing
from worker.services.jobs.forecast import Preview

pytestmark = pytest.mark.usefixtures("sent")

JOBS, EXPORTS = "/api/v1/jobs/", "/api/v1/exports/"
EVERYTHING: dict[str, Any] = {"search": {}}


def say(client: Client, address: str, body: Any) -> Any:
    return client.post(address, body, content_type="application/json")


def ids(pictures: list[Image]) -> list[str]:
    return [str(image.pk) for image in pictures]


def test_an_export_of_a_search_is_followed_and_fetched(
    images: list[Image],  # noqa: F811
    outsider: User,
) -> None:
    version = make_version(1, live=True)
    for image, probability in zip(images, (0.1, 0.2, 0.3, 0.8, 0.9), strict=True):
        predict(image, version, probability)
    client = with_token(outsider, "read", "upload")

    answer = say(client, EXPORTS, {"format": "csv", "search": {"probability_from": 0.75}})

    job = Job.objects.get()
    assert answer.status_code == 202
    assert answer.headers["Location"] == f"http://testserver{JOBS}{job.pk}/"
    assert (answer.json()["title"], answer.json()["total"]) == ("Export 2 pictures as CSV", 2)
    assert answer.json()["file"] is None
    run(job)
    told = client.get(answer.headers["Location"]).json()
    assert told["state"] == "done"
    table = b"".join(client.get(told["file"]).streaming_content).decode()
    assert table.count("\n") == 3
    assert {str(images[3].pk), str(images[4].pk)} == {
        line.split(",")[0] for line in table.splitlines()[1:]
    }
    assert [one["id"] for one in client.get(EXPORTS).json()["results"]] == [job.pk]
    default_storage.delete(job.result)


def test_without_a_search_all_that_one_may_see_is_exported(
    images: list[Image],  # noqa: F811
    outsider: User,
) -> None:
    make_image("somebody else's")
    answer = say(with_token(outsider), EXPORTS, {"format": "jsonl"})
    assert (answer.status_code, answer.json()["total"]) == (202, 5)


def test_ten_of_the_same_request_are_one_export(images: list[Image], outsider: User) -> None:  # noqa: F811
    client = with_token(outsider)
    client.defaults["HTTP_IDEMPOTENCY_KEY"] = "one"
    answers = [say(client, EXPORTS, {"format": "csv"}) for _ in range(10)]
    assert {answer.status_code for answer in answers} == {202}
    assert {answer.headers["Location"] for answer in answers} == {answers[0].headers["Location"]}
    assert Job.objects.count() == 1


def test_many_are_counted_before_anything_happens(
    images: list[Image],  # noqa: F811
    reviewer: User,
) -> None:
    client = with_token(reviewer, "review")
    body = {"answer": "ai", "ids": [*ids(images), "00000000-0000-4000-8000-000000000000"]}
    counted = say(client, f"{JOBS}review/", body | {"preview": True})
    assert counted.status_code == 200
    assert counted.json() == {
        "total": 6,
        "done": 5,
        "others": [{"count": 1, "words": "not there, or not yours to see"}],
    }
    assert not Job.objects.exists()

    other = say(client, f"{JOBS}review/", body | {"expected": 5})
    assert (other.status_code, other.json()["code"]) == (409, "conflict")
    assert not Job.objects.exists()

    answer = say(client, f"{JOBS}review/", body | {"expected": 6})
    assert (answer.status_code, answer.json()["total"]) == (202, 5)
    run(Job.objects.get())
    assert set(Review.objects.values_list("reviewer", "answer")) == {(reviewer.pk, "ai")}
    again = say(client, f"{JOBS}review/", body)
    assert (again.status_code, again.json()["code"]) == (409, "conflict")


def test_what_is_expected_is_what_is_done(
    images: list[Image],  # noqa: F811
    outsider: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not only what was counted, which is done by a query of its own."""
    count = choosing.Wish.preview

    def preview(self: choosing.Wish) -> Preview:
        counted: Preview = count(self)
        make_image("came meanwhile", owner=outsider)
        return counted

    monkeypatch.setattr(choosing.Wish, "preview", preview)
    answer = say(with_token(outsider), f"{JOBS}delete/", EVERYTHING | {"expected": 5})
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert answer.json()["detail"] == "These are 6 pictures now. Nothing was changed."
    assert not Job.objects.exists()


def test_what_is_erased_meanwhile_is_left_out(
    images: list[Image],  # noqa: F811
    outsider: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    honest = choosing.request_job

    def late(**about: Any) -> Job:
        Image.objects.filter(pk=images[0].pk).delete()
        return honest(**about)

    monkeypatch.setattr(choosing, "request_job", late)
    answer = say(with_token(outsider), f"{JOBS}delete/", EVERYTHING)
    assert (answer.status_code, answer.json()["total"]) == (202, 4)
    kept = Job.objects.get().items.values_list("image", flat=True)
    assert set(kept) == {image.pk for image in images[1:]}


def test_many_are_put_before_a_reviewer(
    images: list[Image],  # noqa: F811
    adjudicator: User,
    reviewer: User,
) -> None:
    body = {"assignee": "robin", "ids": ids(images), "preview": True}
    answer = say(with_token(adjudicator), f"{JOBS}assign/", body)
    assert (answer.status_code, answer.json()["total"]) == (200, 5)
    nobody = say(with_token(adjudicator), f"{JOBS}assign/", body | {"assignee": "nobody"})
    assert nobody.json()["code"] == "invalid_request"


def test_many_are_judged_anew_and_moved_to_the_bin(
    images: list[Image],  # noqa: F811
    administrator: User,
    outsider: User,
) -> None:
    predicted = say(with_token(administrator), f"{JOBS}predict/", EVERYTHING)
    assert (predicted.status_code, predicted.json()["kind"]) == (202, "predict")
    deleted = say(with_token(outsider, "upload"), f"{JOBS}delete/", {"ids": ids(images[:2])})
    assert (deleted.status_code, deleted.json()["total"]) == (202, 2)
    run(Job.objects.get(pk=deleted.json()["id"]))
    assert Image.objects.filter(deleted_at__isnull=False).count() == 2


def test_what_a_person_handed_in_is_erased_by_their_name(
    images: list[Image],  # noqa: F811
    outsider: User,
    reviewer: User,
    administrator: User,
) -> None:
    for person, name in ((reviewer, "olli"), (outsider, "robin"), (administrator, "nobody")):
        answer = say(with_token(person), f"{JOBS}erase/", {"person": name})
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert say(with_token(outsider), f"{JOBS}erase/", {}).json()["code"] == "invalid_request"
    Submission.objects.create(image=images[0], submitter=reviewer)
    counted = say(with_token(outsider), f"{JOBS}erase/", {"person": "olli", "preview": True})
    assert counted.json() == {"total": 5, "done": 4, "others": [{"count": 1, "words": STAYS}]}
    assert not Job.objects.exists()
    assert Image.objects.count() == 5
    answer = say(with_token(outsider), f"{JOBS}erase/", {"person": "olli"})
    assert (answer.status_code, answer.json()["total"]) == (202, 5)
    run(Job.objects.get())
    assert Image.objects.get() == images[0]


@pytest.mark.parametrize(
    ("who", "what", "scopes", "code"),
    [
        ("outsider", "review", (), "not_allowed"),
        ("outsider", "assign", (), "not_allowed"),
        ("reviewer", "assign", (), "not_allowed"),
        ("outsider", "predict", (), "not_allowed"),
        ("reviewer", "predict", (), "not_allowed"),
        ("reviewer", "review", ("read", "upload"), "missing_scope"),
        ("adjudicator", "assign", ("read", "upload"), "missing_scope"),
        ("administrator", "predict", ("upload", "review"), "missing_scope"),
        ("outsider", "delete", ("read", "review"), "missing_scope"),
        ("outsider", "erase", ("read", "review"), "missing_scope"),
    ],
)
def test_nobody_asks_for_what_is_not_theirs(
    request: pytest.FixtureRequest,
    images: list[Image],  # noqa: F811
    who: str,
    what: str,
    scopes: tuple[str, ...],
    code: str,
) -> None:
    more = {"review": {"answer": "ai"}, "assign": {"assignee": "robin"}}.get(what, {})
    client = with_token(request.getfixturevalue(who), *scopes)
    answer = say(client, f"{JOBS}{what}/", {"ids": ids(images), **more})
    assert (answer.status_code, answer.json()["code"]) == (403, code)
    assert not Job.objects.exists()


def test_a_stranger_and_a_token_that_only_reads_export_nothing(outsider: User) -> None:
    assert say(Client(), EXPORTS, {"format": "csv"}).json()["code"] == "not_authenticated"
    answer = say(with_token(outsider, "read"), EXPORTS, {"format": "csv"})
    assert answer.json()["code"] == "missing_scope"
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"ids": []},
        {"ids": ["x"]},
        {"ids": [1]},
        {"ids": [True]},
        {"ids": ["00000000-0000-4000-8000-000000000000"], "search": {}},
        {"ids": ["00000000-0000-4000-8000-000000000000"] * 1001},
        {"search": {"colour": "red"}},
        {"search": {"verdict": "perhaps"}},
        {"search": {"verdict": ["ai", "human"]}},
        {"search": {"verdict": ""}},
        {"search": {"received_after": "0001-01-01T00:00:00+14:00"}},
        {"search": {"received_before": "9999-12-31T23:59:59-01:00"}},
        {"search": {"disagreement": "people"}},
        {"search": "verdict=ai"},
        {"search": {}, "everything": True},
        {"search": {}, "preview": 1},
        {"search": {}, "expected": "5"},
    ],
)
def test_what_makes_no_sense_deletes_nothing(
    images: list[Image],  # noqa: F811
    outsider: User,
    body: Any,
) -> None:
    answer = say(with_token(outsider), f"{JOBS}delete/", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    "body", [{}, {"format": "pdf"}, {"format": None}, {"format": "csv", "x": 1}]
)
def test_an_export_takes_a_form(images: list[Image], outsider: User, body: Any) -> None:  # noqa: F811
    answer = say(with_token(outsider), EXPORTS, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert not Job.objects.exists()


def test_of_nothing_there_is_no_job(outsider: User) -> None:
    for address, body in ((EXPORTS, {"format": "csv"}), (f"{JOBS}delete/", EVERYTHING)):
        answer = say(with_token(outsider), address, body)
        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert not Job.objects.exists()
