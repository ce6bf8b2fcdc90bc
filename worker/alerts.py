"""Reading alerts: what is wrong now, and what nobody has taken in hand yet."""

from django.db.models import F, Prefetch, QuerySet
from django.utils import timezone

from labelling.errors import NotFound
from worker.models import Alert, AlertImage, Mute

HEARTBEAT = "heartbeat"  # the key of the alert that no picture comes through


def open_alerts() -> QuerySet[Alert]:
    """What is wrong now, the newest first."""
    return Alert.objects.filter(resolved_at__isnull=True)


def unacknowledged_count(most: int) -> int:
    """How many are open that no administrator has taken in hand; counts no further than ``most``.

    One query of an index that holds the open ones alone.
    """
    return open_alerts().filter(acknowledged_at__isnull=True)[:most].count()


def unheard_heartbeat() -> Alert | None:
    """The alert that no picture comes through, while it is open and nobody has taken it in hand."""
    return open_alerts().filter(key=HEARTBEAT, acknowledged_at__isnull=True).first()


def listed_alerts(kind: str = "") -> QuerySet[Alert]:
    """What is wrong now, then what was, each the newest first, with all that the page shows.

    ``kind`` is one of ``Alert.Kind``, or empty for all.
    """
    shown = AlertImage.objects.filter(image__deleted_at__isnull=True).select_related("image")
    rows = Alert.objects.filter(kind=kind) if kind else Alert.objects.all()
    return (
        rows.select_related("acknowledged_by")
        .prefetch_related(Prefetch("shown", shown), "deliveries")
        .order_by(F("resolved_at").desc(nulls_first=True), "-raised_at", "-pk")
    )


def alert_by_id(alert_id: int) -> Alert:
    """With all that its page shows. Raises NotFound."""
    alert = listed_alerts().filter(pk=alert_id).first()
    if alert is None:
        raise NotFound("There is no such alert.")
    return alert


def mutes() -> dict[str, Mute]:
    """What is muted now, by key."""
    now = timezone.now()
    return {mute.key: mute for mute in Mute.objects.filter(until__gt=now).select_related("by")}
