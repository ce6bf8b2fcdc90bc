"""Exports as jobs: what the person may see, in one private file, for a week."""

import csv
import io
import json
import re
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from classifier.errors import NotAllowed
from classifier.vocabulary import Label as LabelValue
from labelling.models import AuditEntry, Image, Submission, User
from labelling.services.review import record_review
from labelling.services.submit import submit_image
from tests.labelling.pictures import noise
from tests.labelling.rows import make_version, predict
from worker.exporting.row import Exported
from worker.models import Job
from worker.services.jobs import exporting
from worker.services.jobs.exporting import FORMATS, KEPT, discard_old_exports
from worker.services.jobs.requests import request_job
from worker.services.jobs.running import run_job

pytestmark = pytest.mark.django_db


@pytest.fixture
def pictures(outsider: User, reviewer: User) -> list[Image]:
    """Two judged pictures of the outsider's; the reviewer has decided on the first alone."""
    version = make_version(7, live=True)
    made = [
        submit_image(
            data=noise(seed),
            filename=f"mine-{seed}.jpg",
            channel=Submission.Channel.PAGE,
            submitter=outsider,
        ).image
        for seed in (1, 2)
    ]
    for image in made:
        predict(image, version, 0.9)
    record_review(image_id=made[0].pk, reviewer=reviewer, answer="human")
    return made


def exported(by: User, pictures: list[Image], form: str = "jsonl", **options: Any) -> Job:
    job = request_job(
        kind=Job.Kind.EXPORT,
        by=by,
        title="Export",
        options={"format": form, **options},
        image_ids=[image.pk for image in pictures],
    )
    run_job(job.pk)
    job.refresh_from_db()
    return job


def content(job: Job) -> bytes:
    with default_storage.open(job.result) as file:
        return bytes(file.read())


def lines(job: Job) -> list[dict[str, Any]]:
    return [json.loads(line) for line in content(job).splitlines()]


@pytest.mark.django_db(transaction=True)
def test_whoever_else_writes_meanwhile_does_not_stop_it(
    administrator: User, pictures: list[Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the sign of life does every ten seconds: on SQLite an open cursor could write no more."""
    monkeypatch.setattr(exporting, "BATCH", 1)
    read = exporting.read_batch

    def read_while_another_writes(*of: Any) -> list[Exported]:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(write_elsewhere).result()
        return read(*of)

    def write_elsewhere() -> None:
        User.objects.filter(pk=administrator.pk).update(first_name="Alex")
        connection.close()

    monkeypatch.setattr(exporting, "read_batch", read_while_another_writes)
    monkeypatch.setattr("worker.services.jobs.work.WRITE_EVERY", 0)
    job = exported(administrator, pictures)
    assert (job.state, len(lines(job))) == ("done", 2)


def test_everything_that_an_administrator_knows_is_in_it(
    administrator: User, pictures: list[Image]
) -> None:
    job = exported(administrator, pictures)
    first, second = lines(job)
    assert job.state == "done"
    assert job.outcome.startswith("2 exported as JSON Lines, ")
    assert [row["id"] for row in (first, second)] == [str(image.pk) for image in pictures]
    assert (first["filename"], first["verdict"], first["model_version"]) == ("mine-1.jpg", "ai", 7)
    assert (first["label"], second["label"]) == (LabelValue.HUMAN, None)
    entry = AuditEntry.objects.get(action="export.made")
    assert (entry.actor, entry.subject) == ("alex", f"job:{job.pk}")
    assert entry.details == {"format": "jsonl", "pictures": 2}


def test_what_a_reviewer_still_decides_blind_tells_nothing(
    reviewer: User, second_reviewer: User, pictures: list[Image]
) -> None:
    first, second = lines(exported(reviewer, pictures))
    assert (first["blind"], first["verdict"], first["label"]) == (False, "ai", "human")
    assert (second["blind"], second["verdict"], second["label"]) == (True, None, None)
    assert second["probability_ai"] is None
    for row in lines(exported(second_reviewer, pictures)):
        assert (row["blind"], row["verdict"], row["label"]) == (True, None, None)


@pytest.mark.parametrize("form", ["jsonl", "csv", "coco", "label-studio"])
def test_the_name_of_a_file_is_told_to_whoever_is_not_blind_to_the_picture(
    reviewer: User,
    second_reviewer: User,
    administrator: User,
    outsider: User,
    pictures: list[Image],
    form: str,
) -> None:
    """``ComfyUI_00012_.png`` would say what the picture is."""
    own = submit_image(
        data=noise(3),
        filename="mine-3.jpg",
        channel=Submission.Channel.API,
        submitter=second_reviewer,
    ).image
    told = {
        person.username: set(
            re.findall(r"mine-\d", content(exported(person, [*pictures, own], form)).decode())
        )
        for person in (reviewer, second_reviewer, administrator, outsider)
    }
    assert told == {
        "robin": {"mine-1"},
        "sasha": {"mine-3"},
        "alex": {"mine-1", "mine-2", "mine-3"},
        "olli": {"mine-1", "mine-2"},
    }


def test_somebody_elses_pictures_are_not_in_it(
    outsider: User, pictures: list[Image], reviewer: User
) -> None:
    other = submit_image(
        data=noise(3), filename="x.jpg", channel=Submission.Channel.API, submitter=reviewer
    ).image
    job = exported(outsider, [*pictures, other])
    assert [row["id"] for row in lines(job)] == [str(image.pk) for image in pictures]
    assert (job.done, job.refused) == (3, 1)
    told = [row["label"] for row in lines(job)]
    assert told == ["human", None], "what people settled of one's own, as on the pages"


def test_a_folder_holds_the_originals_by_class(
    administrator: User, reviewer: User, pictures: list[Image]
) -> None:
    job = exported(administrator, pictures, "folder")
    with zipfile.ZipFile(io.BytesIO(content(job))) as archive:
        assert sorted(archive.namelist()) == [
            f"human/{pictures[0].sha256}.jpg",
            "pictures.csv",
            f"unsettled/{pictures[1].sha256}.jpg",
        ]
        assert archive.read(f"unsettled/{pictures[1].sha256}.jpg") == noise(2)
        table = archive.read("pictures.csv").decode("utf-8-sig")
    assert len(list(csv.DictReader(io.StringIO(table)))) == 2

    blind = exported(reviewer, pictures, "folder")
    with zipfile.ZipFile(io.BytesIO(content(blind))) as archive:
        assert sorted(archive.namelist()) == [f"human/{pictures[0].sha256}.jpg", "pictures.csv"]


@pytest.mark.parametrize(("what", "written"), [("reviewing", [True, False]), ("account", [])])
def test_what_may_be_seen_no_more_is_not_in_it(
    outsider: User,
    reviewer: User,
    pictures: list[Image],
    monkeypatch: pytest.MonkeyPatch,
    what: str,
    written: list[bool],
) -> None:
    """The job runs already: each batch asks anew what the person may see."""
    monkeypatch.setattr(exporting, "BATCH", 1)
    read = exporting.read_batch

    def read_and_lose(*of: Any) -> list[Exported]:
        rows = read(*of)
        if what == "account":
            User.objects.filter(pk=reviewer.pk).update(is_active=False)
        reviewer.groups.set(outsider.groups.all())
        return rows

    monkeypatch.setattr(exporting, "read_batch", read_and_lose)
    job = exported(reviewer, pictures)
    told = [row["id"] for row in lines(job)] if job.result else []
    assert [str(image.pk) in told for image in pictures if written] == written
    assert job.state == ("done" if written else "failed")
    assert AuditEntry.objects.filter(action="export.made").exists() == bool(written)


@pytest.mark.parametrize("form", FORMATS)
def test_each_format_ends_in_a_file_of_its_kind(
    form: str, administrator: User, pictures: list[Image], client
) -> None:
    job = exported(administrator, pictures, form, site="https://aivh.example")
    assert job.result.endswith(FORMATS[form][1])
    client.force_login(administrator)
    answer = client.get(f"/jobs/{job.pk}/result/")
    assert b"".join(answer.streaming_content) == content(job)
    name = f"aivh-{job.pk}{FORMATS[form][1]}"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("outsider", 404),
        ("reviewer", 200),
        ("second_reviewer", 404),
        ("adjudicator", 404),
        ("administrator", 200),
    ],
)
def test_only_its_owner_and_administrators_download(
    client, reviewer: User, pictures: list[Image], request: pytest.FixtureRequest, who: str, status
) -> None:
    job = exported(reviewer, pictures)
    client.force_login(request.getfixturevalue(who))
    assert client.get(f"/jobs/{job.pk}/result/").status_code == status


def test_a_format_that_there_is_not_ends_in_words(
    administrator: User, pictures: list[Image]
) -> None:
    job = exported(administrator, pictures, "xml")
    assert (job.state, job.result) == ("failed", "")
    assert job.outcome.startswith("Export as one of csv, jsonl")
    assert not AuditEntry.objects.filter(action="export.made").exists()


def test_after_a_week_the_file_is_gone_and_said_to_be(
    administrator: User, pictures: list[Image], client
) -> None:
    job = exported(administrator, pictures)
    name = job.result
    assert discard_old_exports() == 0
    Job.objects.update(finished_at=timezone.now() - KEPT - timedelta(minutes=1))
    assert discard_old_exports() == 1
    assert not default_storage.exists(name)
    client.force_login(administrator)
    assert client.get(f"/jobs/{job.pk}/result/").status_code == 404


def test_nobody_without_a_role_exports(outsider: User, pictures: list[Image]) -> None:
    outsider.groups.clear()
    person = User.objects.get(pk=outsider.pk)
    with pytest.raises(NotAllowed):
        exported(person, pictures)
    assert not Job.objects.exists()


def test_more_pictures_need_no_more_queries(
    administrator: User, pictures: list[Image], django_assert_num_queries
) -> None:
    from worker.exporting.reading import read_batch

    read_batch([], administrator)  # asks what the person may do, which is then known
    for some in (pictures[:1], pictures):
        with django_assert_num_queries(4):
            assert len(read_batch([image.pk for image in some], administrator)) == len(some)
