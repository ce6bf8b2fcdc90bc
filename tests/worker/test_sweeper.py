"""The rows know what is still to do: what a dead broker or worker left is sent again, once."""

import logging
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest
from celery import Celery
from django.conf import settings
from django.db import connection
from django.utils import timezone

from classifier.models import ModelVersion
from classifier.registry.local import LocalRegistry
from classifier.registry.mirrored import MirroredRegistry
from classifier.vocabulary import Label
from labelling.audit_chain import Checked, check_chain
from labelling.models import AuditHead, Image, User
from labelling.services.audit_log import write_entry
from tests.classifier.registry.conftest import make_bundle
from tests.worker.conftest import make_image
from tests.worker.small import picture
from worker import broker, sweeper
from worker.models import TrainingRun
from worker.services import chain, inference

State = TrainingRun.State
pytestmark = pytest.mark.django_db


class Queue:
    """Stands for the broker: remembers what was sent, or is away."""

    def __init__(self) -> None:
        self.sent: list[tuple[object, ...]] = []
        self.away = False

    def send(self, *message: object) -> bool:
        if not self.away:
            self.sent.append(message)
        return not self.away


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Queue:
    queue = Queue()
    for module in (inference, chain, sweeper):
        monkeypatch.setattr(module, "send", queue.send)
    return queue


def waiting(seed: int, *, sent_ago: int | None = None) -> Image:
    image = make_image(picture(Label.AI, seed))
    if sent_ago is not None:
        image.sent_at = timezone.now() - timedelta(seconds=sent_ago)
        image.save()
    return image


def test_what_was_never_sent_or_long_ago_is_sent_oldest_first(queue: Queue) -> None:
    long_ago, never, lately = waiting(1, sent_ago=61), waiting(2), waiting(3, sent_ago=30)
    done = waiting(4)
    Image.objects.filter(pk=done.pk).update(state=Image.State.CLASSIFIED)

    assert sweeper.send_images() == 2

    assert queue.sent == [("classify", str(long_ago.pk)), ("classify", str(never.pk))]
    assert Image.objects.get(pk=lately.pk).sent_at == lately.sent_at
    assert sweeper.send_images() == 0


def test_a_dead_broker_leaves_the_picture_unsent_and_is_asked_once(queue: Queue) -> None:
    waiting(1), waiting(2)
    queue.away = True

    assert sweeper.send_images() == 0

    assert queue.sent == []
    assert Image.objects.filter(sent_at__isnull=True, state=Image.State.WAITING).count() == 2


def test_a_long_queue_is_not_made_longer(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(3):
        waiting(seed)
    monkeypatch.setattr(sweeper, "depth", lambda _: sweeper.QUEUE_LIMIT - 2)
    assert sweeper.send_images() == 2
    monkeypatch.setattr(sweeper, "depth", lambda _: sweeper.QUEUE_LIMIT)
    assert sweeper.send_images() == 0


@pytest.mark.django_db(transaction=True)
def test_two_sweepers_send_each_picture_once(queue: Queue) -> None:
    ids = {str(waiting(seed).pk) for seed in range(10)}
    together = Barrier(3)

    def work() -> None:
        together.wait()
        sweeper.send_images()
        connection.close()

    threads = [Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(queue.sent) == 10
    assert {message[1] for message in queue.sent} == ids


def test_a_queued_run_that_nobody_took_is_sent_again(queue: Queue) -> None:
    run = TrainingRun.objects.create(sent_at=timezone.now() - timedelta(seconds=61))
    sweeper.send_runs()
    sweeper.send_runs()
    assert queue.sent == [("retrain", run.pk)]


def silent_run(*, minutes: float, attempts: int, **fields: object) -> TrainingRun:
    heard = timezone.now() - timedelta(minutes=minutes)
    return TrainingRun.objects.create(
        state=State.RUNNING, heartbeat_at=heard, attempts=attempts, **fields
    )


@pytest.mark.parametrize("attempts", [1, 2])
def test_a_run_whose_worker_fell_silent_is_resumed(queue: Queue, attempts: int) -> None:
    run = silent_run(minutes=3, attempts=attempts, progress=0.7)

    sweeper.sweep()

    run.refresh_from_db()
    assert (run.state, run.attempts, run.progress) == (State.QUEUED, attempts, 0.0)
    assert run.step == "the worker that had it fell silent; waiting for a worker to begin again"
    assert ("retrain", run.pk) in queue.sent


def test_a_third_time_it_fails_in_words(queue: Queue, version: ModelVersion) -> None:
    run = silent_run(minutes=3, attempts=3)

    assert sweeper.take_back_silent_runs() == 1

    run.refresh_from_db()
    assert run.state == State.FAILED
    assert run.outcome == (
        "failed: the worker that had it fell silent, 3 times in a row. Version 1 answers as before."
    )
    assert run.finished_at is not None
    assert queue.sent == []


def test_one_that_was_to_be_cancelled_is_not_resumed(queue: Queue, administrator: User) -> None:
    now = timezone.now()
    run = silent_run(minutes=3, attempts=1, cancel_asked_at=now, cancelled_by=administrator)

    assert sweeper.take_back_silent_runs() == 1

    run.refresh_from_db()
    assert (run.state, run.outcome) == (State.CANCELLED, "cancelled: alex stopped it.")


def test_a_run_that_gives_signs_of_life_is_left_alone(queue: Queue) -> None:
    run = silent_run(minutes=1.5, attempts=1)
    assert sweeper.take_back_silent_runs() == 0
    run.refresh_from_db()
    assert run.state == State.RUNNING


def test_interrupted_judging_is_taken_up_again_by_one_chain(
    queue: Queue, version: ModelVersion
) -> None:
    Image.objects.filter(pk=waiting(1).pk).update(state=Image.State.CLASSIFIED)
    sweeper.catch_up()
    sweeper.catch_up()
    assert queue.sent == [("predict_anew", version.pk)]


def test_a_whole_round_runs_on_the_real_broker(version: ModelVersion) -> None:
    image = waiting(1)
    before = broker.depth(broker.INFERENCE)
    sweeper.sweep()
    image.refresh_from_db()
    assert image.sent_at is not None
    assert broker.depth(broker.INFERENCE) == before + 1


def test_a_step_that_fails_leaves_the_others_their_turn(
    version: ModelVersion, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    run = silent_run(minutes=3, attempts=3)

    def broken() -> int:
        raise RuntimeError("no disk")

    broken.__name__ = "send_images"
    monkeypatch.setattr(sweeper, "send_images", broken)

    sweeper.sweep()

    run.refresh_from_db()
    assert run.state == TrainingRun.State.FAILED
    assert "The sweeper could not send images." in caplog.text


def test_bundles_that_the_remote_registry_missed_are_sent(
    queue: Queue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local, remote = LocalRegistry(tmp_path / "local"), LocalRegistry(tmp_path / "remote")
    pending = tmp_path / "pending"
    died_before_sending = MirroredRegistry(local, remote, pending=pending, start=lambda work: None)
    digest = died_before_sending.put(make_bundle(tmp_path, "missed"))
    mirror = MirroredRegistry(local, remote, pending=pending, start=lambda work: work())
    monkeypatch.setattr(sweeper, "registry", lambda: mirror)

    sweeper.sweep()

    assert [entry.reference for entry in remote.list()] == [digest]


def test_a_message_to_a_dead_broker_is_refused_at_once_in_one_line(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fault tests kill a real broker; here a socket at which nobody listens is enough."""
    nowhere = Celery("nowhere", set_as_current=False)
    nowhere.conf.update(
        broker_url="redis+socket:///nowhere/valkey.sock",
        broker_transport_options=settings.CELERY_BROKER_TRANSPORT_OPTIONS,
    )
    monkeypatch.setattr(broker, "current_app", nowhere)
    pauses: list[float] = []
    monkeypatch.setattr("kombu.utils.functional.sleep", pauses.append)

    with caplog.at_level(logging.WARNING):
        assert broker.send("classify", "an-id") is False

    assert pauses == []  # it is not tried again
    assert len(caplog.records) == 1
    assert "The queue does not answer" in caplog.text


def test_what_somebody_wrote_down_and_died_is_sealed() -> None:
    write_entry(action="label.settled", subject="image:1")
    sweeper.seal_audit_log()
    assert check_chain() == Checked(1, AuditHead.objects.get().hash)
