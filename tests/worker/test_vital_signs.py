"""How old the last heartbeat is."""

from datetime import timedelta

import pytest
from django.utils import timezone

from worker.models import Heartbeat
from worker.vital_signs import heartbeat_age


def beat(*, minutes_ago: float, answered: bool = True, failure: str = "") -> Heartbeat:
    at = timezone.now() - timedelta(minutes=minutes_ago)
    return Heartbeat.objects.create(
        sent_at=at, answered_at=at if answered else None, failure=failure
    )


def test_without_heartbeats_there_is_no_age(db: None) -> None:
    assert heartbeat_age() is None
    beat(minutes_ago=1, answered=False)
    assert heartbeat_age() is None


def test_the_last_one_that_was_answered_well_counts(db: None) -> None:
    beat(minutes_ago=5)
    beat(minutes_ago=3)
    beat(minutes_ago=2, failure="There is no model.")
    beat(minutes_ago=1, answered=False)
    assert heartbeat_age() == pytest.approx(180, abs=5)
