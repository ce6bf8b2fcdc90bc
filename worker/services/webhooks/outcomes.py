"""What came of a try: it arrived, or it is tried again, given up, and the webhook switched off."""

import logging

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from worker.backoff import Backoff
from worker.broker import send
from worker.models import WebhookDelivery, WebhookEndpoint
from worker.posting import Answer, NotDelivered
from worker.services.webhooks.claiming import BACKOFF, MINUTE, in_our_hands, is_test, tries_of
from worker.services.webhooks.switching import switch_off

log = logging.getLogger(__name__)

State = WebhookDelivery.State

REST = Backoff.of_seconds(5, 30, 2 * MINUTE, 10 * MINUTE)  # of an endpoint, by failures in a row
LONGEST_ANSWER = 200
GONE = 410  # an answer by which a server says that it wants no more


@transaction.atomic
def note_arrival(delivery: WebhookDelivery, answer: Answer) -> None:
    now = timezone.now()
    in_our_hands(delivery).update(
        state=State.ARRIVED,
        held_until=None,
        status=answer.status,
        answer=answer.said[:LONGEST_ANSWER],
        error="",
        arrived_at=now,
    )
    WebhookEndpoint.objects.filter(pk=delivery.endpoint_id).update(
        failures=0, rests_until=None, arrived_at=now
    )


@transaction.atomic
def note_failure(delivery: WebhookDelivery, error: NotDelivered) -> None:
    """Write down why it did not arrive and when it is tried again; switch off what is lost."""
    answer, tries = error.answer, tries_of(delivery)
    last = delivery.attempts >= tries
    why = f"It answered {answer.status}." if answer else str(error)
    log.warning("Webhook %s failed, try %d: %s", delivery.key, delivery.attempts, why)
    in_our_hands(delivery).update(
        state=State.FAILED if last else State.WAITING,
        held_until=None,
        next_at=timezone.now() + BACKOFF.after(delivery.attempts),
        status=answer.status if answer else None,
        answer=answer.said[:LONGEST_ANSWER] if answer else "",
        error=f"Given up after {tries} tries. {why}" if last and tries > 1 else why,
    )
    if is_test(delivery):
        return
    _let_rest(delivery)
    if answer and answer.status == GONE:
        switch_off(endpoint_id=delivery.endpoint_id, why="its server says that it is gone.")
    elif last and not _arrived_since(delivery):
        lost = f"nothing has arrived for three days. {why}"
        switch_off(endpoint_id=delivery.endpoint_id, why=lost)


def note_hidden(delivery: WebhookDelivery) -> None:
    """What its owner may not know any more is not sent."""
    said = "You may not see this any more."
    in_our_hands(delivery).update(state=State.FAILED, held_until=None, error=said)


def _let_rest(delivery: WebhookDelivery) -> None:
    """The endpoint is left alone for a while, then asked by one message."""
    endpoints = WebhookEndpoint.objects.filter(pk=delivery.endpoint_id)
    endpoints.update(failures=F("failures") + 1)
    failures = endpoints.values_list("failures", flat=True).first() or 1
    pause = REST.after(failures)
    endpoints.update(rests_until=timezone.now() + pause)
    transaction.on_commit(
        lambda: send("deliver_webhooks", delivery.endpoint_id, delay=pause.total_seconds()),
        robust=True,
    )


def _arrived_since(delivery: WebhookDelivery) -> bool:
    later = WebhookEndpoint.objects.filter(
        pk=delivery.endpoint_id, arrived_at__gt=delivery.created_at
    )
    return later.exists()
