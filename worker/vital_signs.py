"""Reading the heartbeat: whether pictures really come through the queue."""

from django.db.models import QuerySet
from django.utils import timezone

from worker.models import Heartbeat


def answered_heartbeats() -> QuerySet[Heartbeat]:
    """What came through and was examined, the newest first."""
    return Heartbeat.objects.filter(answered_at__isnull=False, failure="")


def heartbeat_age() -> float | None:
    """Seconds since a heartbeat was last answered well; None where none ever was.

    One query, of a table of a day.
    """
    last = answered_heartbeats().values_list("answered_at", flat=True).first()
    return (timezone.now() - last).total_seconds() if last else None
