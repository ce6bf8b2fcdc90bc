"""Pictures that wait for long are an alert, as are trainings that fail."""

from datetime import timedelta

import pytest
from django.utils import timezone

from classifier.vocabulary import Label
from labelling.models import Image
from tests.worker.conftest import make_image
from tests.worker.small import picture
from worker.alerts import open_alerts
from worker.models import TrainingRun
from worker.services.endings import finish
from worker.services.long_waits import watch_waiting

pytestmark = pytest.mark.django_db


def waiting(minutes: float) -> None:
    Image.objects.update(received_at=timezone.now() - timedelta(minutes=minutes))
    watch_waiting()


def test_the_oldest_picture_that_waits() -> None:
    image = make_image(picture(Label.AI, 1))
    waiting(9)
    assert not open_alerts().exists()
    waiting(12)
    alert = open_alerts().get()
    assert (alert.kind, alert.sentence) == (
        "queue",
        "The oldest picture has waited for 12 minutes to be examined; 1 wait.",
    )
    assert list(alert.images.all()) == [image]
    waiting(13)
    alert.refresh_from_db()
    assert alert.sentence.startswith("The oldest picture has waited for 13 minutes")
    assert alert.count == 1, "it lasts; each look of the sweeper is no other time"
    waiting(7)
    assert open_alerts().exists(), "it is not over before the queue is short"
    waiting(4)
    assert not open_alerts().exists()


def test_a_training_that_fails() -> None:
    run = TrainingRun.objects.create(state="running", attempts=1)
    rows = TrainingRun.objects.filter(pk=run.pk)
    assert finish(rows, TrainingRun.State.SKIPPED, "skipped: nothing new")
    assert not open_alerts().exists()
    assert finish(rows, TrainingRun.State.FAILED, "failed: no room.")
    alert = open_alerts().get()
    assert (alert.kind, alert.sentence) == ("training", "A training failed: no room.")
    assert not finish(rows.none(), TrainingRun.State.FAILED, "failed: again.")
    assert open_alerts().get().count == 1
