"""Sending a message again because somebody wants it, and sending a test."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from labelling.errors import Conflict, NotFound
from labelling.models import User
from worker.beside import beside
from worker.broker import send
from worker.models import WebhookDelivery, WebhookEndpoint, WebhookEvent
from worker.services.webhooks.endpoints import locked
from worker.webhooks.facts import payload_of

State = WebhookDelivery.State


@transaction.atomic
def redeliver(*, webhook_id: int, delivery_id: UUID, by: User) -> WebhookDelivery:
    """Send a message once more, under its own id, with all its tries before it.

    Raises NotFound, and Conflict where the webhook is off or the message is under way.
    """
    endpoint = locked(webhook_id, by)
    rows = endpoint.deliveries.select_related("event").select_for_update(of=("self",))
    delivery = rows.filter(pk=delivery_id).first()
    if delivery is None:
        raise NotFound("This webhook has no such message.")
    test = delivery.event.kind == WebhookEvent.Kind.TEST
    if not (endpoint.enabled or test):
        raise Conflict("This webhook is off. Switch it on, and what waits for it is sent.")
    now = timezone.now()
    if delivery.held_until and delivery.held_until > now:
        raise Conflict("This message is being sent at this moment.")
    delivery.state, delivery.attempts, delivery.next_at = State.WAITING, 0, now
    delivery.save(update_fields=["state", "attempts", "next_at"])
    _at_once(endpoint)
    return delivery


@transaction.atomic
def send_test(*, webhook_id: int, by: User) -> WebhookDelivery:
    """Send a message that says that it is a test, also to a webhook that is off; tried once.

    Nobody waits for it: what came back stands in the log. Raises NotFound, and Conflict while
    another test is under way.
    """
    endpoint = locked(webhook_id, by)
    tests = endpoint.deliveries.filter(event__kind=WebhookEvent.Kind.TEST)
    if tests.filter(state=State.WAITING).exists():
        raise Conflict("A test is on its way already. Wait for what comes of it.")
    now = timezone.now()
    event = WebhookEvent.objects.create(
        kind=WebhookEvent.Kind.TEST, subject=str(endpoint.pk), spread_at=now
    )
    delivery = WebhookDelivery.objects.create(
        endpoint=endpoint, event=event, payload=payload_of(event), next_at=now
    )
    _at_once(endpoint)
    return delivery


def _at_once(endpoint: WebhookEndpoint) -> None:
    """Whoever asks for it does not wait until the endpoint has rested."""
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(rests_until=None)
    transaction.on_commit(
        lambda: beside(lambda: send("deliver_webhooks", endpoint.pk)), robust=True
    )
