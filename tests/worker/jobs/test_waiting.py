"""A job that waits says when nobody is there to do it."""

import pytest
from django.test import Client
from django.urls import reverse

from labelling.liveness import record_worker_seen
from labelling.models import User
from tests.people import PASSWORD
from tests.worker.jobs.conftest import Ask, run
from worker.broker import JOBS
from worker.models import Job

pytestmark = pytest.mark.django_db
NOBODY = "No worker that does jobs has been seen for 30 seconds."
WHAT_TO_DO = "manage.py work jobs"


def pages(client: Client, job: Job) -> list[str]:
    names = [reverse("jobs"), *(reverse(name, args=[job.pk]) for name in ("job", "job-progress"))]
    return [client.get(url).content.decode() for url in names]


@pytest.mark.parametrize("state", Job.ACTIVE)
def test_it_says_when_no_worker_is_there_and_what_to_do(
    ask: Ask, reviewer: User, administrator: User, client: Client, state: str
) -> None:
    job = ask("review", reviewer, answer="ai")
    Job.objects.filter(pk=job.pk).update(state=state)
    for person, told in ((reviewer, "tell your administrator"), (administrator, WHAT_TO_DO)):
        client.login(username=person.username, password=PASSWORD)
        for page in pages(client, job):
            assert NOBODY in page
            assert told in page
        assert (WHAT_TO_DO in page) == (person == administrator)


def test_it_says_nothing_while_one_is_there(ask: Ask, reviewer: User, client: Client) -> None:
    job = ask("review", reviewer, answer="ai")
    client.login(username=reviewer.username, password=PASSWORD)
    record_worker_seen()
    assert all(NOBODY in page for page in pages(client, job)), "one for pictures does no jobs"
    record_worker_seen(JOBS)
    assert not any(NOBODY in page for page in pages(client, job))


def test_what_is_over_needs_no_worker(ask: Ask, reviewer: User, client: Client) -> None:
    job = run(ask("review", reviewer, answer="ai"))
    client.login(username=reviewer.username, password=PASSWORD)
    assert not any(NOBODY in page for page in pages(client, job))
