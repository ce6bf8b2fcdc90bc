"""Jobs that are asked for, and done at once in this process."""

from collections.abc import Callable

import pytest

from labelling.models import Image, User
from tests.labelling.rows import make_image
from worker.models import Job
from worker.services.jobs import requests, running

Sent = list[tuple[object, ...]]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """What would be on the queue; nothing runs by itself."""
    messages: Sent = []

    def send(*message: object) -> bool:
        messages.append(message)
        return True

    monkeypatch.setattr(requests, "send", send)
    return messages


@pytest.fixture
def images(outsider: User) -> list[Image]:
    """Five pictures, handed in by the outsider."""
    return [make_image(f"picture {number}", owner=outsider) for number in range(5)]


Ask = Callable[..., Job]


@pytest.fixture
def ask(sent: Sent, images: list[Image]) -> Ask:
    """Ask for a job over the five pictures, or others."""

    def asked(kind: str, by: User, /, on: list[Image] | None = None, **options: object) -> Job:
        ids = [image.pk for image in (images if on is None else on)]
        return requests.request_job(
            kind=kind, by=by, title=f"{kind} them", options=options, image_ids=ids
        )

    return asked


def run(job: Job) -> Job:
    """Do what the worker does, and return the row as it is then."""
    running.run_job(job.pk)
    job.refresh_from_db()
    return job
