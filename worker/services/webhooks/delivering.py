"""Sending what webhooks tell: each message until it is taken, with growing pauses.

An endpoint that hangs holds one of a few threads and nobody else, and rests after each try that
failed, whatever else waits for it.
"""

import json
import logging
import threading
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from worker.backoff import Backoff
from worker.beside import beside
from worker.broker import send
from worker.models import WebhookDelivery, WebhookEndpoint, WebhookEvent
from worker.posting import SECONDS, Answer, NotDelivered, post_json
from worker.reach import ways
from worker.services.webhooks.switching import switch_off
from worker.signing import signed_headers
from worker.webhooks.facts import may_be_told

log = logging.getLogger(__name__)

State = WebhookDelivery.State

MINUTE, HOUR = 60, 3600
# Of one message: the twelfth pause ends after three days.
BACKOFF = Backoff.of_seconds(
    *(5, 30, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE),
    *(HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 12 * HOUR, 20 * HOUR, 25 * HOUR),
)
REST = Backoff.of_seconds(5, 30, 2 * MINUTE, 10 * MINUTE)  # of an endpoint, by failures in a row
LANES = 4  # messages under way to an endpoint that is well; to one that fails it is one
HELD = timedelta(seconds=3 * SECONDS)  # a message in somebody's hands, who is dead after that
LOOKED_AT = 2 * LANES  # messages of which somebody takes the first that nobody else has
THREADS = threading.BoundedSemaphore(32)  # of one worker, for all endpoints
GONE = 410  # an answer by which a server says that it wants no more


def serve_soon(endpoint_id: int) -> None:
    """Serve an endpoint in a thread of its own. Where all are busy, the sweeper comes again."""
    if not THREADS.acquire(blocking=False):
        log.warning("All threads for webhooks are busy; webhook %s waits.", endpoint_id)
        return
    done = beside(lambda: serve(endpoint_id=endpoint_id))
    done.add_done_callback(lambda _: THREADS.release())
    done.add_done_callback(_log_failure)


def serve_overdue() -> None:
    """Serve every endpoint for which something is due."""
    for endpoint_id in due(timezone.now()).order_by().values_list("endpoint", flat=True).distinct():
        serve_soon(endpoint_id)


def serve(*, endpoint_id: int) -> int:
    """Send what is due, one after another, until nothing is or a try fails; say how many arrived.

    Safe beside others who do the same.
    """
    arrived = 0
    while (delivery := take_next(endpoint_id)) is not None:
        if not deliver(delivery):
            break
        arrived += 1
    return arrived


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
    """Take a message by a conditional UPDATE, so that of several one sends it.

    It says when the next try would be: what dies with us is sent again. One that died in its last
    try is given up.
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


def deliver(delivery: WebhookDelivery) -> bool:
    """Send a message that is in our hands, and write down what came back. False where it failed."""
    endpoint = delivery.endpoint
    if not may_be_told(delivery.event, endpoint):
        _held(delivery).update(
            state=State.FAILED, held_until=None, error="You may not see this any more."
        )
        return True
    body = json.dumps(delivery.payload).encode()
    headers = signed_headers(delivery.key, body, secrets_of(endpoint))
    try:
        answer = post_json(endpoint.url, body, headers, *ways(settings.WEBHOOK_NETWORKS))
    except NotDelivered as error:
        note_failure(delivery, error)
        return False
    note_arrival(delivery, answer)
    return True


def secrets_of(endpoint: WebhookEndpoint) -> list[str]:
    """What signs: the secret, and the one before it while its receiver may not know the new one."""
    former = endpoint.former_until is not None and endpoint.former_until > timezone.now()
    return [endpoint.secret, *([endpoint.former_secret] if former else [])]


def tries_of(delivery: WebhookDelivery) -> int:
    """A test is tried once: somebody waits for what comes of it."""
    return 1 if _is_test(delivery) else BACKOFF.tries


@transaction.atomic
def note_arrival(delivery: WebhookDelivery, answer: Answer) -> None:
    now = timezone.now()
    _held(delivery).update(
        state=State.ARRIVED,
        held_until=None,
        status=answer.status,
        answer=answer.said[:200],
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
    _held(delivery).update(
        state=State.FAILED if last else State.WAITING,
        held_until=None,
        next_at=timezone.now() + BACKOFF.after(delivery.attempts),
        status=answer.status if answer else None,
        answer=answer.said[:200] if answer else "",
        error=f"Given up after {tries} tries. {why}" if last and tries > 1 else why,
    )
    if not _is_test(delivery):
        _let_rest(delivery)
        if answer and answer.status == GONE:
            switch_off(endpoint_id=delivery.endpoint_id, why="its server says that it is gone")
        elif last and not _arrived_since(delivery):
            switch_off(
                endpoint_id=delivery.endpoint_id, why=f"nothing has arrived for three days. {why}"
            )


def _let_rest(delivery: WebhookDelivery) -> None:
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


def _held(delivery: WebhookDelivery) -> QuerySet[WebhookDelivery]:
    """The row while it is in the hands that took it; who lost it changes nothing more."""
    return WebhookDelivery.objects.filter(
        pk=delivery.pk, state=State.WAITING, attempts=delivery.attempts
    )


def _is_test(delivery: WebhookDelivery) -> bool:
    return delivery.event.kind == WebhookEvent.Kind.TEST


def _log_failure(done: object) -> None:
    error = getattr(done, "exception", lambda: None)()
    if error is not None:
        log.error("Webhooks could not be served.", exc_info=error)
