"""Raising an alert once, however often its cause is found, and ending it when that is over."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from classifier.announcements import announce_on_commit
from labelling.models import Image
from worker.announcements import alert_raised, alert_resolved
from worker.models import Alert, AlertImage

LONGEST = 500  # characters of a sentence


@transaction.atomic
def raise_alert(
    *,
    key: str,
    kind: Alert.Kind,
    sentence: str,
    advice: str = "",
    link: str = "",
    images: Sequence[UUID] = (),
) -> tuple[Alert, bool]:
    """Open an alert, or count up the open one with this key; gives it and whether it is new.

    ``images`` are the pictures to show, the first one first; those that are gone are left out.
    An alert that is open keeps its pictures and when it was raised, and says the newest sentence.
    """
    now = timezone.now()
    said = {"sentence": sentence[:LONGEST], "advice": advice[:LONGEST], "link": link}
    alert, new = Alert.objects.get_or_create(
        key=key, resolved_at=None, defaults={"kind": kind, "raised_at": now, "last_at": now, **said}
    )
    if not new:
        Alert.objects.filter(pk=alert.pk).update(count=F("count") + 1, last_at=now, **said)
        alert.refresh_from_db()
        return alert, False
    there = set(Image.objects.filter(pk__in=images).values_list("pk", flat=True))
    shown = [pk for pk in dict.fromkeys(images) if pk in there]
    AlertImage.objects.bulk_create(
        AlertImage(alert=alert, image_id=pk, place=place) for place, pk in enumerate(shown)
    )
    announce_on_commit(alert_raised, alert_id=alert.pk)
    return alert, True


@transaction.atomic
def resolve_alert(*, key: str) -> bool:
    """End the open alert with this key; False where none is open."""
    alert = Alert.objects.select_for_update().filter(key=key, resolved_at=None).first()
    if alert is None:
        return False
    alert.resolved_at = timezone.now()
    alert.save(update_fields=["resolved_at"])
    announce_on_commit(alert_resolved, alert_id=alert.pk)
    return True
