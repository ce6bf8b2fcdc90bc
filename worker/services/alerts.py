"""Raising an alert once, however often its cause is found, and ending it when that is over."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from classifier.announcements import announce_on_commit
from labelling.errors import Conflict, InvalidRequest, NotFound
from labelling.models import Image, User
from labelling.permissions import check_may_administer
from labelling.services.audit_log import write_entry
from worker.announcements import alert_raised, alert_resolved
from worker.channels import channels
from worker.models import Alert, AlertImage, Delivery, Mute

LONGEST = 500  # characters of a sentence
MUTED_FOR = {"1 hour": timedelta(hours=1), "1 day": timedelta(days=1), "1 week": timedelta(weeks=1)}


@transaction.atomic
def raise_alert(
    *,
    key: str,
    kind: Alert.Kind,
    sentence: str,
    advice: str = "",
    link: str = "",
    images: Sequence[UUID] = (),
    lasting: bool = False,
) -> tuple[Alert, bool]:
    """Open an alert, or count up the open one with this key; gives it and whether it is new.

    ``images`` are the pictures to show, the first one first; those that are gone are left out.
    ``lasting`` is for what goes on until it ends: seen again it is the same time, not another one.
    An alert that is open keeps its pictures and when it was raised, and says the newest sentence.
    What is to be sent is written down with it, except while its key is muted.
    """
    now = timezone.now()
    said = {"sentence": sentence[:LONGEST], "advice": advice[:LONGEST], "link": link}
    alert, new = Alert.objects.get_or_create(
        key=key, resolved_at=None, defaults={"kind": kind, "raised_at": now, "last_at": now, **said}
    )
    if not new:
        times = F("count") + (0 if lasting else 1)
        Alert.objects.filter(pk=alert.pk).update(count=times, last_at=now, **said)
        alert.refresh_from_db()
        return alert, False
    _show(alert, images)
    if not Mute.objects.filter(key=key, until__gt=now).exists():
        _post(alert, Delivery.Event.RAISED, channels(), now)
    announce_on_commit(alert_raised, alert_id=alert.pk)
    return alert, True


@transaction.atomic
def resolve_alert(*, key: str) -> bool:
    """End the open alert with this key; False where none is open.

    Whoever was told that it began is told that it is over.
    """
    alert = Alert.objects.select_for_update().filter(key=key, resolved_at=None).first()
    if alert is None:
        return False
    alert.resolved_at = timezone.now()
    alert.save(update_fields=["resolved_at"])
    told = alert.deliveries.filter(event=Delivery.Event.RAISED)
    _post(alert, Delivery.Event.RESOLVED, told.values_list("channel", flat=True), alert.resolved_at)
    announce_on_commit(alert_resolved, alert_id=alert.pk)
    return True


@transaction.atomic
def acknowledge_alert(*, alert_id: int, by: User) -> Alert:
    """Say that somebody looks after it; the first who does is kept.

    Raises NotAllowed, NotFound, and Conflict once it is over.
    """
    alert = _alert_for(alert_id, by)
    if alert.resolved_at is not None:
        raise Conflict("This alert is over, so there is nothing to take in hand.")
    if alert.acknowledged_at is None:
        alert.acknowledged_at, alert.acknowledged_by = timezone.now(), by
        alert.save(update_fields=["acknowledged_at", "acknowledged_by"])
        _write(alert, "alert.acknowledged", by)
    return alert


@transaction.atomic
def mute_alert(*, alert_id: int, by: User, duration: str) -> Mute:
    """Raise alerts with the key of this one without telling anybody, for a while.

    ``duration`` is a key of ``MUTED_FOR``. Raises NotAllowed, NotFound, InvalidRequest.
    """
    alert = _alert_for(alert_id, by)
    if duration not in MUTED_FOR:
        raise InvalidRequest(f"An alert is muted for {', '.join(MUTED_FOR)}.")
    until = timezone.now() + MUTED_FOR[duration]
    mute, _ = Mute.objects.update_or_create(key=alert.key, defaults={"until": until, "by": by})
    _write(alert, "alert.muted", by, until=until.isoformat())
    return mute


@transaction.atomic
def unmute_alert(*, alert_id: int, by: User) -> bool:
    """Tell people again; False where nothing was muted. Raises NotAllowed, NotFound."""
    alert = _alert_for(alert_id, by)
    deleted, _ = Mute.objects.filter(key=alert.key).delete()
    if deleted:
        _write(alert, "alert.unmuted", by)
    return bool(deleted)


def _alert_for(alert_id: int, by: User) -> Alert:
    check_may_administer(by)
    alert = Alert.objects.select_for_update().filter(pk=alert_id).first()
    if alert is None:
        raise NotFound("There is no such alert.")
    return alert


def _show(alert: Alert, images: Sequence[UUID]) -> None:
    there = set(Image.objects.filter(pk__in=images).values_list("pk", flat=True))
    shown = [pk for pk in dict.fromkeys(images) if pk in there]
    AlertImage.objects.bulk_create(
        AlertImage(alert=alert, image_id=pk, place=place) for place, pk in enumerate(shown)
    )


def _post(alert: Alert, event: str, wanted: Iterable[str], now: datetime) -> None:
    """Put a message for each channel into the outbox."""
    Delivery.objects.bulk_create(
        Delivery(alert=alert, event=event, channel=channel, due_at=now) for channel in wanted
    )


def _write(alert: Alert, action: str, by: User, **details: str) -> None:
    write_entry(action=action, subject=f"alert:{alert.pk}", by=by, key=alert.key, **details)
