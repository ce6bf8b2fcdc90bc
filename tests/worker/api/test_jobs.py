"""The jobs' API: who sees which, how far they are, cancelling them, taking them back."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from labelling.models import Image, Review, User
from tests.labelling.programs import with_token
from tests.worker.jobs.conftest import ask, images, run, sent  # noqa: F401  # they are fixtures
from worker.models import Job, JobItem

JOBS = "/api/v1/jobs/"
Queries = Callable[[int], Any]
Ask = Callable[..., Job]
MEMBERS = {
    "id", "url", "page", "kind", "state", "title", "requested_by", "total", "done", "refused",
    "seconds_left", "step", "outcome", "file", "undoes", "undone_by", "created_at", "started_at",
    "finished_at", "cancel_asked_at",
}  # fmt: skip


def say(client: Client, address: str) -> Any:
    return client.post(f"{JOBS}{address}/", {}, content_type="application/json")


@pytest.fixture
def job(outsider: User) -> Job:
    """It waits for a worker."""
    return Job.objects.create(kind="delete", title="Move them", requested_by=outsider, total=4)


def test_one_sees_ones_own_and_administrators_see_all(
    job: Job, outsider: User, reviewer: User, administrator: User
) -> None:
    for person, seen in ((outsider, [job.pk]), (reviewer, []), (administrator, [job.pk])):
        client = with_token(person, "read")
        assert [row["id"] for row in client.get(JOBS).json()["results"]] == seen
        for address in ("", "refused/"):
            answer = client.get(f"{JOBS}{job.pk}/{address}")
            assert answer.status_code == (200 if seen else 404)
            assert seen or answer.json()["code"] == "not_found"


def test_a_job_says_how_far_it_is(job: Job, outsider: User) -> None:
    begun = timezone.now() - timedelta(seconds=60)
    Job.objects.update(state="running", done=3, refused=1, started_at=begun, step="moving")
    body = with_token(outsider).get(f"{JOBS}{job.pk}/").json()
    assert body.keys() == MEMBERS | {"undoable"}
    assert body["url"] == f"http://testserver{JOBS}{job.pk}/"
    assert body["page"] == f"http://testserver/jobs/{job.pk}/"
    assert (body["kind"], body["state"], body["requested_by"]) == ("delete", "running", "olli")
    assert (body["total"], body["done"], body["refused"], body["step"]) == (4, 3, 1, "moving")
    assert body["seconds_left"] == pytest.approx(20, abs=3)
    assert (body["file"], body["undoes"], body["undone_by"]) == (None, None, None)
    assert body["undoable"] is False


def test_the_list_costs_as_much_for_many_as_for_one(
    job: Job, administrator: User, outsider: User, django_assert_num_queries: Queries
) -> None:
    client = with_token(administrator)
    with django_assert_num_queries(4):  # the token, permissions (2), the jobs
        client.get(JOBS)
    for number in range(4):
        done = Job.objects.create(kind="delete", title=f"{number}", requested_by=outsider)
        Job.objects.create(kind="restore", title="Undo", requested_by=outsider, undoes=done)
    with django_assert_num_queries(4):
        rows = client.get(JOBS).json()["results"]
    assert len(rows) == 9
    assert all(row.keys() == MEMBERS for row in rows)
    assert rows[0]["undoes"] == rows[1]["id"]
    assert rows[1]["undone_by"] == rows[0]["id"]


def test_the_list_is_filtered(job: Job, outsider: User) -> None:
    Job.objects.create(kind="export", title="Export", requested_by=outsider, state="done")
    client = with_token(outsider)

    def found(**asked: str) -> list[str]:
        return [row["kind"] for row in client.get(JOBS, asked).json()["results"]]

    assert found() == ["export", "delete"]
    assert found(state="queued,running") == ["delete"]
    assert found(kind="export") == ["export"]
    assert client.get(JOBS, {"kind": "everything"}).json()["code"] == "invalid_request"


def test_what_was_refused_is_listed_with_its_reason(
    job: Job, outsider: User, django_assert_num_queries: Queries
) -> None:
    def refuse(name: str) -> None:
        JobItem.objects.create(
            job=job, name=name, outcome="refused", code="corrupt_picture", message="It is broken."
        )

    client = with_token(outsider)
    JobItem.objects.create(job=job, name="fine.jpg", outcome="done")
    refuse("a.jpg")
    with django_assert_num_queries(3):  # the token, the job, its items
        rows = client.get(f"{JOBS}{job.pk}/refused/").json()["results"]
    assert [row | {"id": 0} for row in rows] == [
        {"id": 0, "image": None, "name": "a.jpg", "code": "corrupt_picture",
         "detail": "It is broken."}
    ]  # fmt: skip
    for number in range(5):
        refuse(f"{number}.jpg")
    with django_assert_num_queries(3):
        assert len(client.get(f"{JOBS}{job.pk}/refused/").json()["results"]) == 6


def test_its_file_is_for_whoever_asked_for_it_and_administrators(
    job: Job, outsider: User, reviewer: User, administrator: User
) -> None:
    name = default_storage.save("exports/7-secret.csv", ContentFile(b"id\n1\n"))
    Job.objects.update(kind="export", state="done", result=name)
    file = f"{JOBS}{job.pk}/file/"
    body = with_token(outsider).get(f"{JOBS}{job.pk}/").json()
    assert body["file"] == f"http://testserver{file}"
    for person in (outsider, administrator):
        answer = with_token(person, "read").get(file)
        assert b"".join(answer.streaming_content) == b"id\n1\n"
        assert f'filename="aivh-{job.pk}.csv"' in answer.headers["Content-Disposition"]
    assert with_token(reviewer).get(file).json()["code"] == "not_found"
    default_storage.delete(name)
    assert with_token(outsider).get(file).json()["code"] == "not_found"


def test_a_job_that_waits_is_cancelled_at_once(job: Job, outsider: User) -> None:
    client = with_token(outsider, "upload")
    answer = say(client, f"{job.pk}/cancel")
    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    assert say(client, f"{job.pk}/cancel").json()["code"] == "conflict"


def test_a_job_that_runs_stops_before_its_next_picture(job: Job, outsider: User) -> None:
    Job.objects.update(state="running")
    answer = say(with_token(outsider), f"{job.pk}/cancel")
    assert (answer.status_code, answer.json()["state"]) == (202, "running")
    assert answer.json()["cancel_asked_at"] is not None


@pytest.mark.parametrize("what", ["cancel", "undo"])
def test_nobody_else_steers_a_job(
    job: Job, outsider: User, reviewer: User, adjudicator: User, what: str
) -> None:
    for person in (reviewer, adjudicator):
        answer = say(with_token(person), f"{job.pk}/{what}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    answer = say(with_token(outsider, "read", "review"), f"{job.pk}/{what}")
    assert (answer.status_code, answer.json()["code"]) == (403, "missing_scope")
    job.refresh_from_db()
    assert (job.state, job.cancel_asked_at, Job.objects.count()) == ("queued", None, 1)


def test_steering_takes_the_scope_of_asking(job: Job, administrator: User) -> None:
    Job.objects.update(kind="predict")
    refused = say(with_token(administrator, "upload", "review"), f"{job.pk}/cancel")
    assert refused.json()["code"] == "missing_scope"
    assert say(with_token(administrator, "administer"), f"{job.pk}/cancel").status_code == 200


def test_what_a_job_did_is_taken_back_by_another(
    ask: Ask,  # noqa: F811
    images: list[Image],  # noqa: F811
    reviewer: User,
) -> None:
    voted = run(ask("review", reviewer, answer="ai"))
    client = with_token(reviewer, "read", "review")
    assert client.get(f"{JOBS}{voted.pk}/").json()["undoable"] is True

    answer = say(client, f"{voted.pk}/undo")

    assert answer.status_code == 202
    assert answer.headers["Location"] == answer.json()["url"]
    assert (answer.json()["undoes"], answer.json()["total"]) == (voted.pk, 5)
    run(Job.objects.get(pk=answer.json()["id"]))
    assert not Review.objects.standing().exclude(answer="retracted").exists()
    assert say(client, f"{voted.pk}/undo").json()["code"] == "conflict"


def test_no_job_is_not_found(outsider: User, administrator: User) -> None:
    for person in (outsider, administrator):
        client = with_token(person)
        for address in ("7/", f"{10**40}/", "7/refused/", "7/file/"):
            assert client.get(f"{JOBS}{address}").json()["code"] == "not_found"
        for address in ("7/cancel", "7/undo"):
            assert say(client, address).json()["code"] == "not_found"
