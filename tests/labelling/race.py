"""A program of its own, run by ``test_races.py``: many threads at once on a real database.

``python -m tests.labelling.race NAME`` runs the race on the database that the environment names,
which is migrated, and prints what it left behind as JSON.
"""

import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.files.storage import default_storage  # noqa: E402
from django.db import connection  # noqa: E402

from classifier.detector.decoding import inspect  # noqa: E402
from labelling.models import Image, Invitation, Label, Review, Submission, User  # noqa: E402
from labelling.services.invitations import accept_invitation, invite  # noqa: E402
from labelling.services.organisation import make_account  # noqa: E402
from labelling.services.people import set_roles  # noqa: E402
from labelling.services.review import (  # noqa: E402
    ask_for_second_look,
    record_review,
    undo_last_review,
)
from labelling.services.submit import picture_stored, submit_image  # noqa: E402
from tests.labelling.pictures import noise  # noqa: E402
from tests.labelling.programs import IMAGES, part, with_token  # noqa: E402
from tests.people import ADMINISTRATORS, REVIEWERS, make_person  # noqa: E402

AT_ONCE = 8
ROUNDS = 6


def race(*runners: Callable[[], Any]) -> Counter[str]:
    """Start all at one moment; count how each ended, by the name of what it raised."""
    start = threading.Barrier(len(runners))

    def run(runner: Callable[[], Any]) -> str:
        start.wait()
        try:
            runner()
            return "done"
        except Exception as error:
            return type(error).__name__
        finally:
            connection.close()

    with ThreadPoolExecutor(len(runners)) as pool:
        return Counter(pool.map(run, runners))


def submit(data: bytes) -> None:
    submit_image(data=data, filename="a.jpg", channel=Submission.Channel.API, submitter=None)


def fail(data: bytes) -> None:
    """Come as far as the commit and not over it."""
    with picture_stored(data, inspect(data)):
        raise OSError("the disk is full")


def same_upload() -> dict[str, Any]:
    """Everybody sends the same bytes; no broker is there."""
    outcomes: Counter[str] = Counter()
    began = time.monotonic()
    for seed in range(ROUNDS):
        outcomes += race(*[lambda seed=seed: submit(noise(seed))] * AT_ONCE)
    seconds = time.monotonic() - began
    return {**outcomes, "submissions": Submission.objects.count(), "seconds": seconds}


def failing_upload() -> dict[str, Any]:
    """Half of those who send the same bytes fail and clean up while the others rely on them."""
    outcomes: Counter[str] = Counter()
    for seed in range(ROUNDS):
        good = [lambda seed=seed: submit(noise(seed))] * (AT_ONCE // 2)
        bad = [lambda seed=seed: fail(noise(seed))] * (AT_ONCE // 2)
        outcomes += race(*good, *bad)
    return {**outcomes, "submissions": Submission.objects.count()}


def upload_during_cleanup() -> dict[str, Any]:
    """One upload cleans up; just before it deletes, another of the same bytes comes."""
    delete = default_storage.delete
    with ThreadPoolExecutor(1) as pool:

        def delete_late(name: str) -> None:
            coming = pool.submit(race, lambda: submit(noise()))
            wait([coming], timeout=0.5)
            delete(name)

        with patch.object(default_storage, "delete", delete_late), suppress(OSError):
            fail(noise())
    return {"submissions": Submission.objects.count()}


def same_vote() -> dict[str, Any]:
    """One reviewer's key is pressed many times."""
    robin = make_person("robin", REVIEWERS)
    submit(noise())
    image = Image.objects.get()
    outcomes = race(
        *[lambda: record_review(image_id=image.pk, reviewer=robin, answer="ai")] * AT_ONCE
    )
    return {**outcomes, "reviews": Review.objects.count(), "labels": Label.objects.count()}


def same_undo() -> dict[str, Any]:
    """One reviewer, with three votes, presses undo twice at once."""
    robin = make_person("robin", REVIEWERS)
    for seed in range(3):
        submit(noise(seed))
    for image in Image.objects.all():
        record_review(image_id=image.pk, reviewer=robin, answer="ai")
    outcomes = race(*[lambda: undo_last_review(reviewer=robin)] * 2)
    return {**outcomes, "labels": Label.objects.count()}


def second_look() -> dict[str, Any]:
    """While the site asks for second looks, the second person is giving them already."""
    robin, sasha = make_person("robin", REVIEWERS), make_person("sasha", REVIEWERS)
    for seed in range(ROUNDS):
        submit(noise(seed))
    ids = list(Image.objects.values_list("pk", flat=True))
    for image_id in ids:
        record_review(image_id=image_id, reviewer=robin, answer="ai")
    votes = [
        lambda image_id=image_id: record_review(image_id=image_id, reviewer=sasha, answer="ai")
        for image_id in ids
    ]
    outcomes = race(*[lambda: ask_for_second_look(image_ids=ids)] * 2, *votes)
    return {**outcomes, "reviews": Review.objects.count(), "labels": Label.objects.count()}


def same_invitation() -> dict[str, Any]:
    """Many accept one invitation, each under a name of their own."""
    administrator = make_person("alex", ADMINISTRATORS, is_staff=True)
    outcomes: Counter[str] = Counter()
    for number in range(ROUNDS):
        _, secret = invite(roles=[], by=administrator)
        outcomes += race(
            *[
                lambda secret=secret, name=f"nina-{number}-{n}": accept_invitation(
                    secret=secret, username=name, password="four words of mine"
                )
                for n in range(AT_ONCE)
            ]
        )
    return {**outcomes, "people": User.objects.count()}


def same_name() -> dict[str, Any]:
    """Many accept an invitation of their own, under one name."""
    administrator = make_person("alex", ADMINISTRATORS, is_staff=True)
    secrets = [invite(roles=[], by=administrator)[1] for _ in range(AT_ONCE)]
    accept = partial(accept_invitation, username="nina", password="four words of mine")
    outcomes = race(*[partial(accept, secret=secret) for secret in secrets])
    open_ones = Invitation.objects.open().count()
    return {**outcomes, "people": User.objects.count(), "open": open_ones}


def same_first_sign_in() -> dict[str, Any]:
    """Many of one name come from their organisation for the first time."""
    come = partial(make_account, first_name="", last_name="", email="", source="Desk")
    outcomes = race(*[partial(come, name="nina")] * AT_ONCE)
    return {**outcomes, "names": sorted(User.objects.values_list("username", flat=True))}


def last_administrator() -> dict[str, Any]:
    """Two administrators take each other's role at the same moment."""
    left, outcomes = [], Counter[str]()
    for number in range(ROUNDS):
        User.objects.all().update(is_active=False)
        one, two = (
            make_person(f"{name}-{number}", ADMINISTRATORS, is_staff=True)
            for name in ("alex", "ada")
        )
        outcomes += race(
            partial(set_roles, person_id=one.pk, roles=[], by=two),
            partial(set_roles, person_id=two.pk, roles=[], by=one),
        )
        left.append(User.objects.filter(is_active=True, is_staff=True).count())
    return {**outcomes, "left": left}


def same_key() -> dict[str, Any]:
    """A program that got no answer sends one picture ten times, under one Idempotency-Key."""
    client = with_token(make_person("olli"))

    def send() -> None:
        form = {"file": part(noise())}
        key = {"Idempotency-Key": "one"}
        answer = client.post(IMAGES, form, headers=key, SERVER_NAME="localhost")
        answers.append((answer.status_code, answer.json().get("id")))

    answers: list[tuple[int, str]] = []
    outcomes = race(*[send] * 10)
    return {**outcomes, "answers": sorted(set(answers)), "submissions": Submission.objects.count()}


def left_behind() -> dict[str, Any]:
    root = Path(settings.MEDIA_ROOT)
    return {
        "images": sorted(Image.objects.values_list("original", flat=True)),
        "files": sorted(str(p.relative_to(root)) for p in root.rglob("*") if p.is_file()),
    }


RUNNERS = (
    same_upload,
    failing_upload,
    upload_during_cleanup,
    same_vote,
    same_undo,
    second_look,
    same_invitation,
    same_name,
    same_first_sign_in,
    last_administrator,
    same_key,
)
RACES = {runner.__name__: runner for runner in RUNNERS}

if __name__ == "__main__":
    print(json.dumps({**RACES[sys.argv[1]](), **left_behind()}))
