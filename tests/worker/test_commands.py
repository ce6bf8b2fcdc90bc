"""``manage.py retrain`` and what it says and returns."""

import io
from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command

from classifier.models import ModelVersion
from classifier.queries import production_version
from classifier.vocabulary import Label
from labelling.models import Image
from tests.worker.conftest import People
from worker import broker
from worker.models import Kind, TrainingRun
from worker.services import retraining

Settle = Callable[..., list[Image]]
State = TrainingRun.State


def retrain(*arguments: str) -> str:
    out = io.StringIO()
    call_command("retrain", *arguments, stdout=out)
    return out.getvalue().strip()


@pytest.mark.django_db(transaction=True)
def test_it_trains_here_and_tells_the_outcome(
    version: ModelVersion, people: People, settle: Settle
) -> None:
    settle(Label.AI, range(12), by=people.reviewer)
    settle(Label.HUMAN, range(12), by=people.reviewer)

    assert retrain().startswith("promoted: version 2 answers from now on; ")

    live = production_version()
    assert live is not None
    assert live.number == 2
    assert TrainingRun.objects.get().requested_by is None


def test_a_skip_is_no_failure(version: ModelVersion, people: People, settle: Settle) -> None:
    settle(Label.AI, range(3), by=people.reviewer)
    assert retrain("--now") == "skipped: 3 new labels, needs 20"


@pytest.mark.django_db(transaction=True)
def test_a_failure_exits_with_1(
    version: ModelVersion, people: People, settle: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(Label.AI, range(25), by=people.reviewer)
    monkeypatch.setattr(retraining, "refit", lambda **_: 1 / 0)
    with pytest.raises(SystemExit) as exit_:
        retrain()
    assert exit_.value.code == 1
    assert TrainingRun.objects.get().state == State.FAILED


def test_a_run_under_way_is_told(version: ModelVersion, people: People, settle: Settle) -> None:
    TrainingRun.objects.create(state=State.RUNNING)
    with pytest.raises(CommandError, match="under way already"):
        retrain()
    assert TrainingRun.objects.count() == 1


@pytest.mark.django_db
def test_without_a_version_it_says_so() -> None:
    with pytest.raises(CommandError, match="no version to start from"):
        retrain()


@pytest.mark.django_db(transaction=True)
def test_queue_leaves_it_to_the_worker(
    version: ModelVersion, people: People, settle: Settle
) -> None:
    settle(Label.AI, range(25), by=people.reviewer)
    before = broker.depth("training")

    assert retrain("--queue") == "The retraining is queued."

    assert TrainingRun.objects.get().state == State.QUEUED
    assert broker.depth("training") == before + 1


@pytest.mark.django_db(transaction=True)
def test_a_fine_tuning_can_be_asked_for(
    version: ModelVersion, people: People, settle: Settle
) -> None:
    settle(Label.AI, range(25), by=people.reviewer)
    retrain("--fine-tune", "--queue")
    assert TrainingRun.objects.get().kind == Kind.FINE_TUNE
