"""The test picture of each minute: sent by the clock, examined, answered, forgotten."""

from datetime import timedelta

import pytest
from celery.beat import BeatLazyFunc
from django.conf import settings as site
from django.utils import timezone

from classifier.models import ModelVersion
from labelling.models import Image, Prediction
from worker import schedule
from worker.alerts import HEARTBEAT, open_alerts
from worker.models import Heartbeat
from worker.services import heartbeats
from worker.services.heartbeats import answer_heartbeat, begin_heartbeat, synthetic_picture
from worker.services.stalls import tell
from worker.silence import Trouble
from worker.tasks import heartbeat as heartbeat_task
from worker.vital_signs import signs

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test's transaction does not outlive its connection."""
    monkeypatch.setattr(heartbeats, "close_old_connections", lambda: None)


def test_the_clock_sends_one_each_minute_to_the_queue_for_pictures() -> None:
    entry = schedule.SCHEDULE["heartbeat"]
    assert (entry["task"], entry["schedule"]) == ("worker.tasks.heartbeat", 60.0)
    assert site.CELERY_TASK_ROUTES[entry["task"]] == {"queue": "inference"}
    (lazy,) = entry["args"]
    assert isinstance(lazy, BeatLazyFunc)
    assert lazy() == Heartbeat.objects.get().pk


def test_it_is_examined_by_the_version_that_answers_and_leaves_no_picture(
    version: ModelVersion,
) -> None:
    pk = begin_heartbeat()
    heartbeat_task.apply(args=(pk,))
    row = Heartbeat.objects.get()
    assert row.answered_at is not None
    assert row.seconds is not None
    assert row.seconds > 0
    assert row.worker
    assert row.failure == ""
    assert not Image.objects.exists()
    assert not Prediction.objects.exists()


def test_the_picture_is_the_same_in_every_process() -> None:
    first = synthetic_picture()
    synthetic_picture.cache_clear()
    assert synthetic_picture() == first
    assert len(first) < 200_000


def test_it_is_answered_once(version: ModelVersion) -> None:
    pk = begin_heartbeat()
    assert answer_heartbeat(heartbeat_id=pk, worker="one")
    assert not answer_heartbeat(heartbeat_id=pk, worker="two")
    assert not answer_heartbeat(heartbeat_id=pk + 1, worker="two")
    assert Heartbeat.objects.get().worker == "one"


def test_without_a_detector_it_says_why() -> None:
    tell(Trouble.WORKER)
    assert answer_heartbeat(heartbeat_id=begin_heartbeat(), worker="one")
    assert Heartbeat.objects.get().failure == "Model not loaded"
    assert open_alerts().filter(key=HEARTBEAT).exists(), "no failure ends an alert"


def test_what_a_detector_raises_is_no_secret_of_the_log(
    version: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> bytes:
        raise ArithmeticError("of /srv/inner/path")

    monkeypatch.setattr(heartbeats, "synthetic_picture", broken)
    answer_heartbeat(heartbeat_id=begin_heartbeat(), worker="one")
    assert Heartbeat.objects.get().failure == "ArithmeticError while it was examined."


def test_yesterdays_are_forgotten() -> None:
    old = Heartbeat.objects.create(sent_at=timezone.now() - timedelta(hours=25))
    kept = Heartbeat.objects.create(sent_at=timezone.now() - timedelta(hours=23))
    begin_heartbeat()
    assert kept in Heartbeat.objects.all()
    assert old not in Heartbeat.objects.all()


def test_an_answer_ends_the_alert_that_is_raised_once(version: ModelVersion) -> None:
    tell(None)
    assert not open_alerts().exists()
    tell(Trouble.WORKER)
    tell(Trouble.CLOCK)
    assert open_alerts().get().count == 1
    answer_heartbeat(heartbeat_id=begin_heartbeat(), worker="one")
    assert not open_alerts().exists()


def test_the_signs_of_a_site(version: ModelVersion, django_assert_num_queries) -> None:
    assert signs().sent == 0
    answered = begin_heartbeat()
    answer_heartbeat(heartbeat_id=answered, worker="one")
    for _ in range(3):
        last = begin_heartbeat()
    with django_assert_num_queries(2):
        seen = signs()
    assert (seen.sent, seen.answered, seen.missed, seen.failing) == (last, answered, 3, 0)
    assert seen.ticking
    Heartbeat.objects.update(failure="It broke.", answered_at=timezone.now())
    assert (signs().missed, signs().failing) == (0, 4)
