"""Reading alerts: what is wrong now, and what nobody has taken in hand yet."""

from django.db.models import QuerySet

from worker.models import Alert

HEARTBEAT = "heartbeat"  # the key of the alert that no picture comes through


def open_alerts() -> QuerySet[Alert]:
    """What is wrong now, the newest first."""
    return Alert.objects.filter(resolved_at__isnull=True)


def unacknowledged_count(most: int) -> int:
    """How many are open that no administrator has taken in hand; counts no further than ``most``.

    One query of an index that holds the open ones alone.
    """
    return open_alerts().filter(acknowledged_at__isnull=True)[:most].count()
