"""A program of its own, run by ``test_races.py``: many at once on a real database.

``python -m tests.worker.jobs.race NAME`` runs the race on the database that the environment names,
which is migrated, and prints what it left behind as JSON.
"""

import json
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterable
from datetime import timedelta
from threading import Event, Thread
from typing import Any
from unittest.mock import patch
from uuid import UUID

import django

django.setup()

from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from labelling.models import Image, Review, User  # noqa: E402
from labelling.permissions import ADMINISTRATORS, REVIEWERS  # noqa: E402
from tests.labelling.race import race  # noqa: E402
from tests.labelling.rows import make_image  # noqa: E402
from tests.people import make_person  # noqa: E402
from worker.models import Job, JobItem  # noqa: E402
from worker.services.jobs import bulk, endings, items, requests, undoing  # noqa: E402
from worker.services.jobs.cancelling import cancel_job  # noqa: E402
from worker.services.jobs.lease import attempt, claim  # noqa: E402
from worker.services.jobs.running import run_job  # noqa: E402
from worker.services.lease import SILENT_AFTER  # noqa: E402

AT_ONCE = 6
PICTURES = 40


def asked(by: User, kind: str = "review", pictures: int = PICTURES) -> Job:
    ids = [make_image(f"picture {number}").pk for number in range(pictures)]
    options = {"answer": "ai"}
    with patch.object(requests, "send", lambda *_: True):
        return requests.request_job(kind=kind, by=by, title="t", options=options, image_ids=ids)


def same_claim() -> dict[str, Any]:
    """Many workers get the same message."""
    job = asked(make_person("robin", REVIEWERS), pictures=1)
    taken: list[Job | None] = []
    outcomes = race(*[lambda: taken.append(claim(job.pk))] * AT_ONCE)
    return {**outcomes, "took it": sum(one is not None for one in taken)}


def same_run() -> dict[str, Any]:
    """All of them do what is in it."""
    job = asked(make_person("robin", REVIEWERS))
    return {**race(*[lambda: run_job(job.pk)] * AT_ONCE), **left(job)}


def many_requests() -> dict[str, Any]:
    """One person asks for many at one moment, with room for a few."""
    robin = make_person("robin", REVIEWERS)
    ids = [make_image("picture").pk]

    def ask() -> None:
        requests.request_job(kind="export", by=robin, title="t", options={}, image_ids=ids)

    with patch.object(requests, "send", lambda *_: True), patch.object(requests, "MOST_ACTIVE", 2):
        outcomes = race(*[ask] * AT_ONCE)
    return {**outcomes, "jobs": Job.objects.count(), "items": JobItem.objects.count()}


def erased_while_asked() -> dict[str, Any]:
    """A picture goes for good after its item was written, and before that is committed."""
    robin = make_person("robin", REVIEWERS)
    ids = [make_image(f"picture {number}").pk for number in range(3)]
    honest = requests._write_items
    erasing = Thread(target=erase_and_leave, args=(ids[0],))

    def write(job: Job, chosen: Iterable[JobItem]) -> None:
        honest(job, chosen)
        if erasing.ident is None:
            erasing.start()
            erasing.join(timeout=1)  # where one writes at a time, it waits for us

    with (
        patch.object(requests, "send", lambda *_: True),
        patch.object(requests, "_write_items", write),
    ):
        requests.request_job(kind="export", by=robin, title="t", options={}, image_ids=ids)
    erasing.join()
    left = JobItem.objects.filter(image__isnull=False)
    return {"jobs": Job.objects.count(), "left": left.count(), "pictures": Image.objects.count()}


def erase_and_leave(image_id: UUID) -> None:
    Image.objects.filter(pk=image_id).delete()
    connection.close()


def taken_for_dead() -> dict[str, Any]:
    """A slow worker is taken for dead, another goes on, and then both work on the same items."""
    job = asked(make_person("robin", REVIEWERS))
    honest = items._do
    others: list[Thread] = []

    def slow(pk: int, act: items.Act) -> str:
        if not others:
            job.refresh_from_db()
            endings.take_back(job, attempt(job), lost="fell silent")
            others.append(Thread(target=run_and_leave, args=(job.pk,)))
            others[0].start()
        return honest(pk, act)

    with patch.object(items, "_do", slow):
        run_job(job.pk)
        others[0].join()
    return left(job)


def run_and_leave(job_id: int) -> None:
    run_job(job_id)
    connection.close()


def same_undo() -> dict[str, Any]:
    """The undo button is pressed by several pages at once."""
    robin = make_person("robin", REVIEWERS)
    job = asked(robin, pictures=3)
    run_job(job.pk)
    with patch.object(requests, "send", lambda *_: True):
        outcomes = race(*[lambda: undoing.undo_job(job_id=job.pk, by=robin)] * AT_ONCE)
    return {**outcomes, "undos": Job.objects.filter(undoes=job).count()}


def cancelled_while_it_runs() -> dict[str, Any]:
    """Somebody cancels while a worker is in the middle: one picture is done, and no lock held."""
    robin = make_person("robin", REVIEWERS)
    job = asked(robin)
    honest, under_way, cancelled = items._do, Event(), Event()

    def doing(pk: int, act: items.Act) -> str:
        outcome = honest(pk, act)
        under_way.set()
        cancelled.wait(30)
        return outcome

    def cancel() -> None:
        under_way.wait(30)
        cancel_job(job_id=job.pk, by=robin)
        cancelled.set()

    with patch.object(items, "_do", doing):
        outcomes = race(lambda: run_job(job.pk), cancel)
    seen = left(job)
    return {
        "done": outcomes["done"],
        "state": seen["state"],
        "told what was done": seen["done"] == seen["reviews"] or seen["state"] == "cancelled",
        "each once": seen["reviews"] == seen["items done"],
    }


def killed() -> dict[str, Any]:
    """The worker's process is killed by signal 9 in the middle; the sweeper and another go on."""
    job = asked(make_person("robin", REVIEWERS))
    connection.close()
    process = multiprocessing.get_context("fork").Process(target=dies_in_the_middle, args=(job.pk,))
    process.start()
    process.join()
    early = endings.take_back_silent()
    half = Review.objects.count()
    moved = timezone.now() + SILENT_AFTER + timedelta(seconds=1)
    with patch.object(timezone, "now", lambda: moved):
        late = endings.take_back_silent()
    run_job(job.pk)
    return {"exit": process.exitcode, "early": early, "late": late, "half": half, **left(job)}


def dies_in_the_middle(job_id: int) -> None:
    honest = bulk.record_review

    def dying(**given: Any) -> Review:
        review = honest(**given)
        if Review.objects.count() == PICTURES // 2:
            os.kill(os.getpid(), signal.SIGKILL)  # nothing of this one has committed
        return review

    with patch.object(bulk, "record_review", dying):
        run_job(job_id)


def binned_and_voted() -> dict[str, Any]:
    """While one job moves pictures to the bin another votes on them: each is either or both."""
    robin, alex = (
        make_person("robin", REVIEWERS),
        make_person("alex", ADMINISTRATORS, is_staff=True),
    )
    voting = asked(robin)
    ids = list(Image.objects.values_list("pk", flat=True))
    with patch.object(requests, "send", lambda *_: True):
        binning = requests.request_job(
            kind="delete", by=alex, title="t", options={}, image_ids=ids[::-1]
        )
    outcomes = race(lambda: run_job(voting.pk), lambda: run_job(binning.pk))
    return {
        **outcomes,
        "binned": Image.objects.filter(deleted_at__isnull=False).count(),
        "settled": Image.objects.filter(label__isnull=False).count(),
        "states": [left(voting)["state"], left(binning)["state"]],
    }


def left(job: Job) -> dict[str, Any]:
    job.refresh_from_db()
    done = job.items.filter(outcome="done").count()
    return {
        "state": job.state,
        "done": job.done,
        "items done": done,
        "refused": job.refused,
        "reviews": Review.objects.count(),
    }


RUNNERS = (
    same_claim,
    same_run,
    many_requests,
    erased_while_asked,
    taken_for_dead,
    same_undo,
    cancelled_while_it_runs,
    killed,
    binned_and_voted,
)
RACES = {runner.__name__: runner for runner in RUNNERS}

if __name__ == "__main__":
    print(json.dumps(RACES[sys.argv[1]]()))
