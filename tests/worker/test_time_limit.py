"""A task whose time is over ends as one, wherever the limit strikes; no picture is to blame."""

import signal
import time
from collections.abc import Iterator

import pytest
from billiard.pool import SIG_SOFT_TIMEOUT, Pool, soft_timeout_sighandler
from celery import current_app
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.utils import timezone

from classifier.models import ModelVersion
from classifier.vocabulary import Label
from labelling.models import Embedding, Evidence, Image, Prediction
from tests.classifier.detector.provenance.files import put_into_png, text
from tests.worker.conftest import make_image
from tests.worker.small import picture
from worker.models import Heartbeat
from worker.services.failures import failures_of
from worker.tasks import classify, heartbeat
from worker.time_limit import LimitedTask

# Each is reached while a picture is examined, below something that forgives every exception.
PLACES = [
    "PIL.ImageFile.ImageFile.load",
    "PIL.Image.Image.getexif",
    "classifier.detector.embedder.Embedder.embed_views",
    "classifier.detector.provenance.reading.open_container",
    "classifier.detector.provenance.reading.generators_in",
]


@pytest.fixture
def limited() -> Iterator[None]:
    """This process hears the limit as a child of Celery's pool does."""
    before = signal.signal(SIG_SOFT_TIMEOUT, soft_timeout_sighandler)
    yield
    assert signal.getsignal(SIG_SOFT_TIMEOUT) is soft_timeout_sighandler
    signal.signal(SIG_SOFT_TIMEOUT, before)


def time_runs_out(*_: object, **__: object) -> None:
    signal.raise_signal(SIG_SOFT_TIMEOUT)


@pytest.mark.parametrize("place", PLACES)
def test_a_picture_whose_time_ran_out_goes_on_waiting(
    limited: None, version: ModelVersion, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    settings_of_a_web_ui = text("parameters", "a red fox\nSteps: 20, Sampler: Euler a")
    image = make_image(put_into_png(picture(Label.AI, 1), settings_of_a_web_ui))
    with monkeypatch.context() as slow:
        slow.setattr(place, time_runs_out)
        ended = classify.apply(args=(str(image.pk),))

    assert (ended.state, type(ended.result)) == ("FAILURE", SoftTimeLimitExceeded)
    image.refresh_from_db()
    assert (image.state, image.failure_code, image.failure) == (Image.State.WAITING, "", "")
    for told in (Prediction, Embedding, Evidence):
        assert not told.objects.exists()
    assert failures_of(version) == 0

    assert classify.apply(args=(str(image.pk),)).state == "SUCCESS"
    assert (Prediction.objects.count(), Evidence.objects.count()) == (1, 1)


def test_a_heartbeat_whose_time_ran_out_is_not_answered(
    limited: None, version: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", time_runs_out)
    row = Heartbeat.objects.create(sent_at=timezone.now())
    ended = heartbeat.apply(args=(row.pk,))
    assert (ended.state, type(ended.result)) == ("FAILURE", SoftTimeLimitExceeded)
    row.refresh_from_db()
    assert (row.answered_at, row.failure) == (None, "")


@current_app.task(name="tests.forgiving")
def forgiving() -> str:
    """Takes too long, and forgives whatever happens meanwhile."""
    try:
        time.sleep(30)
    except Exception:
        return "forgiven"
    return "slept"


def end_of_forgiving() -> tuple[str, str]:
    ended = forgiving.apply()
    return ended.state, type(ended.result).__name__


def test_the_pools_own_limit_is_forgiven_by_no_task() -> None:
    """With the pool in which Celery runs our tasks, not with what we know of it."""
    pool = Pool(1, soft_timeout=0.5)
    try:
        ended = pool.apply_async(end_of_forgiving).get(timeout=20)
    finally:
        pool.terminate()
        pool.join()
    assert ended == ("FAILURE", "SoftTimeLimitExceeded")


def test_every_task_of_ours_hears_it() -> None:
    ours = {name: task for name, task in current_app.tasks.items() if name.startswith("worker.")}
    assert len(ours) >= 14
    assert settings.CELERY_TASK_SOFT_TIME_LIMIT < settings.CELERY_TASK_TIME_LIMIT
    for name, task in ours.items():
        assert isinstance(task, LimitedTask), name
