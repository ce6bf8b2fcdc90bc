"""Which message is sent next, and by whom: taken by a conditional UPDATE, so that one sends it."""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from worker.backoff import Backoff
from worker.models import WebhookDelivery, WebhookEndpoint, WebhookEvent
from worker.posting import SECONDS

State = WebhookDelivery.State

MINUTE, HOUR = 60, 3600
# Of one message: the twelfth pause ends after three days.
BACKOFF = Backoff.of_seconds(
    *(5, 30, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE),
    *(HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 12 * HOUR, 20 * HOUR, 25 * HOUR),
)
LANES = 4  # messages under way to an endpoint that is well; to one that fails it is one
HELD = timedelta(seconds=3 * SECONDS)  # a message in somebody's hands, who is dead after that
LOOKED_AT = 2 * LANES  # messages of which somebody takes the first that nobody else has


def due(now: datetime) -> QuerySet[WebhookDelivery]:
    """What waits to be sent and is in nobody's hands. A test goes also where all else waits."""
    free = Q(held_until=None) | Q(held_until__lte=now)
    rested = Q(endpoint__rests_until=None) | Q(endpoint__rests_until__lte=now)
    open_ = Q(endpoint__enabled=True) | Q(event__kind=WebhookEvent.Kind.TEST)
    waiting = WebhookDelivery.objects.filter(free, state=State.WAITING, next_at__lte=now)
    return waiting.filter(rested, open_, endpoint__owner__is_active=True)


def take_next(endpoint_id: int) -> WebhookDelivery | None:
    """The oldest message that is due, in our hands; None where there is none, or enough is under
    way."""
    now = timezone.now()
    held = WebhookDelivery.objects.filter(endpoint=endpoint_id, held_until__gt=now)
    ill = WebhookEndpoint.objects.filter(pk=endpoint_id, failures__gt=0).exists()
    if held.count() >= (1 if ill else LANES):
        return None
    rows = due(now).filter(endpoint=endpoint_id).select_related("endpoint__owner", "event")
    for delivery in rows.order_by("created_at", "pk")[:LOOKED_AT]:
        if claim(delivery, now):
            return delivery
    return None


def claim(delivery: WebhookDelivery, now: datetime) -> bool:
    """Take a message; False where somebody else was quicker.

    The row says when the next try would be: what dies with us is sent again. One that died in its
    last try is given up.
    """
    seen = WebhookDelivery.objects.filter(
        pk=delivery.pk, state=State.WAITING, attempts=delivery.attempts, next_at=delivery.next_at
    )
    if delivery.attempts >= tries_of(delivery):
        seen.update(state=State.FAILED, held_until=None)
        return False
    delivery.attempts += 1
    return bool(
        seen.update(
            attempts=delivery.attempts,
            next_at=now + max(BACKOFF.after(delivery.attempts), HELD),
            held_until=now + HELD,
            tried_at=now,
        )
    )


def in_our_hands(delivery: WebhookDelivery) -> QuerySet[WebhookDelivery]:
    """The row while it is in the hands that took it; who lost it changes nothing more."""
    return WebhookDelivery.objects.filter(
        pk=delivery.pk, state=State.WAITING, attempts=delivery.attempts
    )


def tries_of(delivery: WebhookDelivery) -> int:
    """A test is tried once: somebody waits for what comes of it."""
    return 1 if is_test(delivery) else BACKOFF.tries


def is_test(delivery: WebhookDelivery) -> bool:
    return delivery.event.kind == WebhookEvent.Kind.TEST
