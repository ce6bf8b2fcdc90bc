"""One person has so many jobs waiting or running at a time, however they ask for another."""

import io
import zipfile
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse

from labelling.models import Image, User
from tests.people import PASSWORD
from tests.worker.jobs.conftest import Ask, Sent, run
from worker.models import Job, JobItem
from worker.services.jobs.cancelling import cancel_job
from worker.services.jobs.import_requests import import_zip
from worker.services.jobs.requests import MOST_ACTIVE, TooManyJobs
from worker.services.jobs.undoing import undo_job

pytestmark = pytest.mark.django_db
SENTENCE = (
    "You have 20 jobs that wait or run, the most at a time. "
    "Wait until one has ended, or cancel one under Jobs."
)


def fill(person: User, state: str = Job.State.QUEUED) -> None:
    assert MOST_ACTIVE == 20
    Job.objects.bulk_create(
        Job(kind="export", title=f"{number}", requested_by=person, state=state)
        for number in range(MOST_ACTIVE)
    )


@pytest.mark.parametrize("state", Job.ACTIVE)
def test_one_more_is_refused_in_words_and_nothing_is_made(
    ask: Ask, reviewer: User, sent: Sent, state: str, django_capture_on_commit_callbacks
) -> None:
    fill(reviewer, state)
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(TooManyJobs) as refused:
        ask("review", reviewer, answer="ai")
    assert (refused.value.code, refused.value.message) == ("too_many_jobs", SENTENCE)
    assert (Job.objects.count(), JobItem.objects.count(), sent) == (MOST_ACTIVE, 0, [])


def test_what_is_over_and_what_others_asked_for_is_not_counted(
    ask: Ask, reviewer: User, second_reviewer: User
) -> None:
    for state in (Job.State.DONE, Job.State.FAILED, Job.State.CANCELLED):
        fill(reviewer, state)
    fill(second_reviewer)
    assert ask("review", reviewer, answer="ai").total == 5


def test_with_one_cancelled_there_is_room_again(ask: Ask, reviewer: User) -> None:
    fill(reviewer)
    cancel_job(job_id=Job.objects.all()[0].pk, by=reviewer)
    assert ask("review", reviewer, answer="ai").total == 5


def test_an_undo_is_a_job_too(ask: Ask, reviewer: User) -> None:
    job = run(ask("review", reviewer, answer="ai"))
    fill(reviewer)
    with pytest.raises(TooManyJobs):
        undo_job(job_id=job.pk, by=reviewer)
    assert not hasattr(Job.objects.get(pk=job.pk), "undone_by")


def test_of_a_zip_that_is_refused_so_nothing_is_kept(administrator: User, sent: Sent) -> None:
    fill(administrator)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("ai/one.jpg", b"x")
    file.seek(0)
    with pytest.raises(TooManyJobs):
        import_zip(file=file, name="a.zip", labelled=True, by=administrator)
    assert not list(Path(default_storage.path("imports")).glob("*"))
    assert Job.objects.count() == MOST_ACTIVE


def test_the_page_says_so(images: list[Image], outsider: User, client: Client) -> None:
    fill(outsider)
    client.login(username=outsider.username, password=PASSWORD)
    fields = {"action": "delete", "query": "all=1", "confirmed": "5"}
    answer = client.post(reverse("job-new"), fields)
    assert answer.status_code == 409
    assert SENTENCE in answer.content.decode()
    assert not Image.objects.filter(deleted_at__isnull=False).exists()
    assert Job.objects.count() == MOST_ACTIVE
