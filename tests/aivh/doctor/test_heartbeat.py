"""What the doctor says of the heartbeat."""

from datetime import timedelta

import pytest
from django.utils import timezone

from aivh.doctor.heartbeat import heartbeat
from tests.aivh.doctor.saying import doubt, failure
from worker.models import Heartbeat

pytestmark = pytest.mark.django_db


def beat(seconds_ago: float, *, answered: bool = True, failure: str = "") -> None:
    at = timezone.now() - timedelta(seconds=seconds_ago)
    Heartbeat.objects.create(
        sent_at=at,
        answered_at=at if answered else None,
        seconds=0.123,
        worker="inference@here",
        failure=failure,
    )


def test_one_that_came_through() -> None:
    beat(20)
    assert heartbeat() == "answered 20 seconds ago in 0.12 s by inference@here"


def test_a_clock_that_never_ran_or_stopped() -> None:
    assert doubt(heartbeat).words == "The clock has never sent a test picture"
    beat(7200)
    assert doubt(heartbeat).words == "The clock has sent nothing for 120 minutes"
    assert "beat" in doubt(heartbeat).todo


def test_nobody_answers() -> None:
    beat(20, answered=False)
    assert doubt(heartbeat).words == "No test picture has come through yet"
    beat(300)
    assert failure(heartbeat).words == "No test picture has come through for 300 seconds"
    assert "manage.py work inference" in failure(heartbeat).todo


def test_a_detector_that_fails() -> None:
    beat(20, failure="Model not loaded")
    assert failure(heartbeat).words == "The test picture could not be examined: Model not loaded"
