"""How often a message is tried, and whose it is meanwhile."""

from datetime import datetime

from django.db.models import Q, QuerySet

from worker.backoff import Backoff
from worker.models import WebhookDelivery, WebhookEndpoint, WebhookEvent

MINUTE, HOUR = 60, 3600
# Of one message: the twelfth pause ends after three days.
BACKOFF = Backoff.of_seconds(
    *(5, 30, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE),
    *(HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 12 * HOUR, 20 * HOUR, 25 * HOUR),
)


def waiting(now: datetime) -> QuerySet[WebhookDelivery]:
    """What waits to be sent, now or later, and is in nobody's hands."""
    free = Q(held_until=None) | Q(held_until__lte=now)
    return WebhookDelivery.objects.filter(free, state=WebhookDelivery.State.WAITING)


def in_our_hands(delivery: WebhookDelivery) -> QuerySet[WebhookDelivery]:
    """The row while it is in the hands that took it; who lost it changes nothing more."""
    return WebhookDelivery.objects.filter(
        pk=delivery.pk, state=WebhookDelivery.State.WAITING, attempts=delivery.attempts
    )


def lock_endpoint(endpoint_id: int) -> WebhookEndpoint | None:
    """The endpoint's row, held to the end of the transaction; None where it is deleted.

    Take it before any of its messages', so that no two wait for each other.
    """
    rows = WebhookEndpoint.objects.select_for_update(no_key=True)
    return rows.filter(pk=endpoint_id).first()


def is_spent(delivery: WebhookDelivery) -> bool:
    """Whether it is tried no more."""
    return delivery.attempts >= tries_of(delivery)


def tries_of(delivery: WebhookDelivery) -> int:
    """A test is tried once: somebody waits for what comes of it."""
    return 1 if is_test(delivery) else BACKOFF.tries


def is_test(delivery: WebhookDelivery) -> bool:
    return delivery.event.kind == WebhookEvent.Kind.TEST
