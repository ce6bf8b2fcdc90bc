"""Which message is sent next, and by whom: taken while the endpoint's row is held, so that no more
are under way to it than may be, and by a conditional UPDATE, so that one sends it."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from worker.models import WebhookDelivery, WebhookEvent
from worker.posting import SECONDS
from worker.services.webhooks.outcomes import note_death
from worker.services.webhooks.tries import (
    BACKOFF,
    in_our_hands,
    is_spent,
    lock_endpoint,
    waiting,
)

LANES = 4  # messages under way to an endpoint that is well; to one that fails it is one
HELD = timedelta(seconds=3 * SECONDS)  # a message in somebody's hands, who is dead after that


def due(now: datetime) -> QuerySet[WebhookDelivery]:
    """What waits to be sent and is in nobody's hands. A test goes also where all else waits."""
    rested = Q(endpoint__rests_until=None) | Q(endpoint__rests_until__lte=now)
    open_ = Q(endpoint__enabled=True) | Q(event__kind=WebhookEvent.Kind.TEST)
    ready = waiting(now).filter(next_at__lte=now)
    return ready.filter(rested, open_, endpoint__owner__is_active=True)


@transaction.atomic
def take_next(endpoint_id: int) -> WebhookDelivery | None:
    """The oldest message that is due, in our hands; None where there is none, or enough is under
    way. One whose sender died in its last try is given up, which is a failure like others."""
    endpoint = lock_endpoint(endpoint_id)
    now = timezone.now()
    held = WebhookDelivery.objects.filter(endpoint=endpoint_id, held_until__gt=now)
    if endpoint is None or held.count() >= (1 if endpoint.failures else LANES):
        return None
    rows = due(now).filter(endpoint=endpoint_id).select_related("endpoint__owner", "event")
    delivery = rows.order_by("created_at", "pk").first()
    if delivery is None:
        return None
    if is_spent(delivery):
        note_death(delivery)
        return None
    return delivery if claim(delivery, now) else None


def claim(delivery: WebhookDelivery, now: datetime) -> bool:
    """Take a message; False where somebody else was quicker.

    The row says when the next try would be: what dies with us is sent again.
    """
    seen = in_our_hands(delivery).filter(next_at=delivery.next_at)
    delivery.attempts += 1
    return bool(
        seen.update(
            attempts=delivery.attempts,
            next_at=now + max(BACKOFF.after(delivery.attempts), HELD),
            held_until=now + HELD,
            tried_at=now,
        )
    )
