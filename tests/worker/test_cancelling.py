"""Cancelling: who may, what it ends, and that nothing of a cancelled run goes live."""

import io
from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from classifier.errors import NotAllowed
from classifier.models import ModelVersion
from classifier.queries import production_version
from classifier.vocabulary import Label
from labelling.errors import Conflict, NotFound
from labelling.models import Image, User
from tests.worker.conftest import People
from worker.models import TrainingRun
from worker.services import retraining
from worker.services.cancelling import cancel_run
from worker.services.retraining import request_retraining, run_retraining

Settle = Callable[..., list[Image]]
State = TrainingRun.State
STAGES = ["freeze_snapshot", "collect_examples", "refit", "conclude"]


@pytest.fixture
def queued(version: ModelVersion, people: People, settle: Settle) -> TrainingRun:
    """A retraining that nobody has begun with, with enough to learn from."""
    for label in Label:
        settle(label, range(12), by=people.reviewer)
    return request_retraining(by=people.admin, dispatch=False)


def test_a_queued_one_ends_at_once(queued: TrainingRun, people: People) -> None:
    run = cancel_run(run_id=queued.pk, by=people.admin)

    run.refresh_from_db()
    assert (run.state, run.cancelled_by) == (State.CANCELLED, people.admin)
    assert run.outcome == "cancelled: alex stopped it. Version 1 answers as before."
    assert run.finished_at is not None
    run_retraining(run.pk)  # its message comes all the same
    run.refresh_from_db()
    assert (run.state, run.attempts) == (State.CANCELLED, 0)


@pytest.mark.parametrize("stage", STAGES)
def test_a_running_one_ends_at_its_next_report_whatever_it_does(
    queued: TrainingRun,
    version: ModelVersion,
    people: People,
    stage: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = getattr(retraining, stage)

    def cancelled_meanwhile(*args: object, **named: object) -> object:
        assert cancel_run(run_id=queued.pk, by=people.admin).state == State.RUNNING
        return real(*args, **named)

    monkeypatch.setattr(retraining, stage, cancelled_meanwhile)
    run_retraining(queued.pk)

    queued.refresh_from_db()
    assert queued.state == State.CANCELLED
    assert queued.outcome == "cancelled: alex stopped it. Version 1 answers as before."
    assert (queued.version, queued.step) == (None, "")
    assert list(ModelVersion.objects.all()) == [version]
    assert production_version() == version


def test_one_that_breaks_after_it_was_cancelled_is_cancelled(
    queued: TrainingRun, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(**_: object) -> None:
        cancel_run(run_id=queued.pk, by=people.admin)
        raise ZeroDivisionError

    monkeypatch.setattr(retraining, "refit", break_down)
    run_retraining(queued.pk)
    queued.refresh_from_db()
    assert queued.state == State.CANCELLED


def test_asking_twice_is_harmless_and_keeps_who_asked_first(
    queued: TrainingRun, people: People
) -> None:
    retraining.claim(queued.pk)
    first = cancel_run(run_id=queued.pk, by=people.admin)
    again = cancel_run(run_id=queued.pk, by=None)
    assert (again.cancelled_by, again.cancel_asked_at) == (people.admin, first.cancel_asked_at)


@pytest.mark.parametrize("who", ["reviewer", "outsider"])
def test_only_administrators_may(queued: TrainingRun, people: People, who: str) -> None:
    with pytest.raises(NotAllowed, match="Only administrators"):
        cancel_run(run_id=queued.pk, by=getattr(people, who))
    queued.refresh_from_db()
    assert (queued.state, queued.cancel_asked_at) == (State.QUEUED, None)


@pytest.mark.parametrize("state", ["promoted", "rejected", "failed", "skipped", "cancelled"])
def test_what_is_over_cannot_be_cancelled(people: People, state: str) -> None:
    run = TrainingRun.objects.create(state=state, outcome="so it ended.")
    with pytest.raises(Conflict, match=r"over already\. It ended so: so it ended\."):
        cancel_run(run_id=run.pk, by=people.admin)
    run.refresh_from_db()
    assert (run.state, run.cancel_asked_at) == (state, None)


def test_what_is_not_there_is_not_found(people: People) -> None:
    with pytest.raises(NotFound):
        cancel_run(run_id=999, by=people.admin)


def test_a_new_one_can_be_asked_for_afterwards(queued: TrainingRun, people: People) -> None:
    cancel_run(run_id=queued.pk, by=people.admin)
    assert request_retraining(by=people.admin, dispatch=False).state == State.QUEUED


# --- the page ----------------------------------------------------------------------------------


def as_(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_the_page_asks_back_and_then_cancels(queued: TrainingRun, people: People) -> None:
    client = as_(people.admin)
    address = reverse("cancel-run", args=[queued.pk])
    assert address in client.get(reverse("dashboard")).content.decode()

    page = client.get(address).content.decode()

    assert "Cancel this retraining?" in page
    queued.refresh_from_db()
    assert queued.state == State.QUEUED

    answer = client.post(address, follow=True)

    assert "The retraining is cancelled." in answer.content.decode()
    queued.refresh_from_db()
    assert (queued.state, queued.cancelled_by) == (State.CANCELLED, people.admin)


def test_the_page_says_that_a_running_one_stops_soon(queued: TrainingRun, people: People) -> None:
    retraining.claim(queued.pk)
    client = as_(people.admin)
    address = reverse("cancel-run", args=[queued.pk])
    page = client.post(address, follow=True).content.decode()
    assert "It stops at its next step." in page
    assert "stopping, because it was cancelled" in page
    assert address not in page


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("who", ["reviewer", "outsider"])
def test_the_page_is_for_administrators(
    queued: TrainingRun, people: People, who: str, method: str
) -> None:
    answer = getattr(as_(getattr(people, who)), method)(reverse("cancel-run", args=[queued.pk]))
    assert answer.status_code == 403
    queued.refresh_from_db()
    assert (queued.state, queued.cancel_asked_at) == (State.QUEUED, None)


def test_strangers_are_sent_to_the_login(queued: TrainingRun) -> None:
    answer = Client().post(reverse("cancel-run", args=[queued.pk]))
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(reverse("login"))
    queued.refresh_from_db()
    assert queued.state == State.QUEUED


def test_the_page_needs_the_forms_token(queued: TrainingRun, people: People) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(people.admin)
    assert client.post(reverse("cancel-run", args=[queued.pk])).status_code == 403
    queued.refresh_from_db()
    assert queued.state == State.QUEUED


def test_the_page_of_one_that_is_over_says_how_it_ended(people: People) -> None:
    run = TrainingRun.objects.create(state=State.FAILED, outcome="failed: no luck")
    client = as_(people.admin)
    address = reverse("cancel-run", args=[run.pk])
    page = client.get(address).content.decode()
    assert "This retraining is over" in page
    assert "Failed: no luck" in page
    assert "<button" not in page.split("<h1>")[1]
    assert client.post(address).status_code == 409
    assert client.get(reverse("cancel-run", args=[999])).status_code == 404


# --- the command -------------------------------------------------------------------------------


def command() -> str:
    out = io.StringIO()
    call_command("retrain", "--cancel", stdout=out)
    return out.getvalue().strip()


def test_the_command_cancels_a_queued_one(queued: TrainingRun) -> None:
    assert command() == (
        "cancelled: somebody at the command line stopped it. Version 1 answers as before."
    )
    assert command() == "No retraining is under way."


def test_the_command_tells_a_running_one_to_stop(queued: TrainingRun) -> None:
    retraining.claim(queued.pk)
    assert command() == "It stops at its next step. Nothing of it will go live."
    queued.refresh_from_db()
    assert (queued.state, queued.cancelled_by) == (State.RUNNING, None)
    assert queued.cancel_asked_at is not None
