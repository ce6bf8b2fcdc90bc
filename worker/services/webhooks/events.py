"""The outbox of webhooks: what happened is a row of its transaction, then one row for each who is
told. Neither needs the queue, which only makes it quick; the sweeper does what it missed.
"""

import logging
from datetime import timedelta
from functools import partial
from itertools import islice

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from worker.beside import beside
from worker.broker import send
from worker.models import WebhookDelivery, WebhookEndpoint, WebhookEvent
from worker.outages import DATABASE_AWAY
from worker.webhooks.facts import payload_of
from worker.webhooks.hearing import may_be_told

log = logging.getLogger(__name__)

OVERDUE = timedelta(seconds=10)  # what the queue has not brought by then is spread by the sweeper
AT_ONCE = 200  # events of one round
KEPT = timedelta(days=30)


def note_event(kind: WebhookEvent.Kind, subject: object) -> None:
    """Write down that something happened to ``subject``, where an endpoint wants to know.

    Call it in the transaction that makes it so. It decides nothing else and looks at one small
    table, so that it can neither fail nor delay what it tells.
    """
    if not any(kind in events for events in listening().values_list("events", flat=True)):
        return
    event = WebhookEvent.objects.create(kind=kind, subject=str(subject))
    transaction.on_commit(partial(_send_soon, event.pk), robust=True)


def spread_event(*, event_id: int) -> set[int]:
    """Make a delivery for each endpoint that is told; give their ids. Safe to run twice."""
    with transaction.atomic():
        unspread = WebhookEvent.objects.select_for_update().filter(spread_at=None)
        event = unspread.filter(pk=event_id).first()
        if event is None:
            return set()
        told = _deliveries_of(event)
        WebhookDelivery.objects.bulk_create(told)
        event.spread_at = timezone.now()
        event.save(update_fields=["spread_at"])
    return {delivery.endpoint_id for delivery in told}


def spread_overdue() -> set[int]:
    """Spread what the queue did not bring; give the endpoints that are told.

    An event that cannot be spread fills no place of the round, else a few would block all.
    """
    late = WebhookEvent.objects.filter(spread_at=None, at__lt=timezone.now() - OVERDUE)
    spread = map(_spread_or_log, list(late.order_by("at").values_list("pk", flat=True)))
    told = islice((found for found in spread if found is not None), AT_ONCE)
    return set().union(*told)


def discard_old_events() -> None:
    """Delete what happened long ago, and with it the log of who was told."""
    WebhookEvent.objects.filter(at__lt=timezone.now() - KEPT).delete()


def listening() -> QuerySet[WebhookEndpoint]:
    """The endpoints that are told of what happens from now on."""
    return WebhookEndpoint.objects.filter(enabled=True, owner__is_active=True)


def _spread_or_log(event_id: int) -> set[int] | None:
    """None where it cannot be; raised is only what would keep all the others from it, too."""
    try:
        return spread_event(event_id=event_id)
    except DATABASE_AWAY:
        raise
    except Exception:
        log.exception("Event %d could not be spread; it is tried again.", event_id)
        return None


def _deliveries_of(event: WebhookEvent) -> list[WebhookDelivery]:
    wanting = [
        endpoint
        for endpoint in listening().filter(created_at__lte=event.at).select_related("owner")
        if event.kind in endpoint.events and may_be_told(event, endpoint)
    ]
    payload = payload_of(event) if wanting else None
    if payload is None:
        return []
    now = timezone.now()
    return [
        WebhookDelivery(endpoint=endpoint, event=event, payload=payload, next_at=now)
        for endpoint in wanting
    ]


def _send_soon(event_id: int) -> None:
    """Beside the caller: a queue that hangs must hold up nobody's request."""
    beside(lambda: send("spread_webhook_event", event_id))
