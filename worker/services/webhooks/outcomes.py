"""What came of a try: it arrived, or it is tried again, given up, and the webhook switched off."""

import logging
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from worker.backoff import Backoff
from worker.broker import send
from worker.models import WebhookDelivery, WebhookEndpoint
from worker.posting import Answer, NotDelivered
from worker.services.webhooks.switching import switch_off
from worker.services.webhooks.tries import (
    BACKOFF,
    MINUTE,
    in_our_hands,
    is_spent,
    is_test,
    lock_endpoint,
    tries_of,
    waiting,
)

log = logging.getLogger(__name__)

State = WebhookDelivery.State

REST = Backoff.of_seconds(5, 30, 2 * MINUTE, 10 * MINUTE)  # of an endpoint, by failures in a row
LONGEST_ANSWER = 200
GONE = 410  # an answer by which a server says that it wants no more


@transaction.atomic
def note_arrival(delivery: WebhookDelivery, answer: Answer) -> None:
    """Write down that it arrived; where the server was ill, what waits follows at once."""
    lock_endpoint(delivery.endpoint_id)
    now = timezone.now()
    in_our_hands(delivery).update(
        state=State.ARRIVED,
        held_until=None,
        status=answer.status,
        answer=answer.said[:LONGEST_ANSWER],
        error="",
        arrived_at=now,
    )
    _let_others_follow(delivery.endpoint_id, now)
    WebhookEndpoint.objects.filter(pk=delivery.endpoint_id).update(
        failures=0, rests_until=None, arrived_at=now
    )


@transaction.atomic
def note_failure(delivery: WebhookDelivery, error: NotDelivered) -> None:
    """Write down why it did not arrive and when it is tried again; switch off what is lost."""
    answer = error.answer
    why = f"It answered {answer.status}." if answer else str(error)
    log.warning("Webhook %s failed, try %d: %s", delivery.key, delivery.attempts, why)
    lock_endpoint(delivery.endpoint_id)
    if not _write_failure(delivery, answer, why) or is_test(delivery):
        return
    _let_rest(delivery)
    if answer and answer.status == GONE:
        switch_off(endpoint_id=delivery.endpoint_id, why="its server says that it is gone.")
    elif is_spent(delivery) and not _arrived_since(delivery):
        lost = f"nothing has arrived for three days. {why}"
        switch_off(endpoint_id=delivery.endpoint_id, why=lost)


def note_death(delivery: WebhookDelivery) -> None:
    """Nobody knows what came of its last try: give it up as one that failed."""
    note_failure(delivery, NotDelivered("Whoever sent it ended before an answer came."))


def note_hidden(delivery: WebhookDelivery) -> None:
    """What its owner may not know any more is not sent."""
    said = "You may not see this any more."
    in_our_hands(delivery).update(state=State.FAILED, held_until=None, error=said)


def _write_failure(delivery: WebhookDelivery, answer: Answer | None, why: str) -> bool:
    """False where somebody else has the message by now, or is done with it."""
    last, tries = is_spent(delivery), tries_of(delivery)
    written = in_our_hands(delivery).update(
        state=State.FAILED if last else State.WAITING,
        held_until=None,
        next_at=timezone.now() + BACKOFF.after(delivery.attempts),
        status=answer.status if answer else None,
        answer=answer.said[:LONGEST_ANSWER] if answer else "",
        error=f"Given up after {tries} tries. {why}" if last and tries > 1 else why,
    )
    return bool(written)


def _let_others_follow(endpoint_id: int, now: datetime) -> None:
    """What has failed only while nothing arrived does not sit its pause out.

    A message that failed while others arrived does: else one that the server does not like would
    use its tries up with every arrival.
    """
    never = Q(endpoint__arrived_at=None)
    since = Q(created_at__gt=F("endpoint__arrived_at"))
    in_a_row = Q(attempts__lte=F("endpoint__failures"))
    late = waiting(now).filter(endpoint=endpoint_id, endpoint__failures__gt=0, next_at__gt=now)
    late.filter(never | since | in_a_row).update(next_at=now)


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
