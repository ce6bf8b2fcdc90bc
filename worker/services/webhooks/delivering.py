"""Sending what webhooks tell: each message until it is taken, with growing pauses.

An endpoint that hangs holds one of a few threads and nobody else, and rests after each try that
failed, whatever else waits for it.
"""

import json
import logging
import threading
from concurrent.futures import Future

from django.conf import settings
from django.utils import timezone

from worker.beside import beside
from worker.models import WebhookDelivery, WebhookEndpoint
from worker.posting import NotDelivered, post_json
from worker.reach import ways
from worker.services.webhooks.claiming import due, take_next
from worker.services.webhooks.outcomes import note_arrival, note_failure, note_hidden
from worker.signing import signed_headers
from worker.webhooks.hearing import may_be_told

log = logging.getLogger(__name__)

THREADS = threading.BoundedSemaphore(32)  # of one worker, for all endpoints


def serve_soon(endpoint_id: int) -> None:
    """Serve an endpoint in a thread of its own. Where all are busy, the sweeper comes again."""
    if not THREADS.acquire(blocking=False):
        log.warning("All threads for webhooks are busy; webhook %s waits.", endpoint_id)
        return
    try:
        served = beside(lambda: serve(endpoint_id=endpoint_id))
    except BaseException:  # no thread can be started: its place is free again
        THREADS.release()
        raise
    served.add_done_callback(_let_go)


def serve_overdue() -> None:
    """Serve every endpoint for which something is due."""
    for endpoint_id in due(timezone.now()).order_by().values_list("endpoint", flat=True).distinct():
        serve_soon(endpoint_id)


def serve(*, endpoint_id: int) -> int:
    """Send what is due, one after another, until nothing is or a try fails; say how many went.

    Safe beside others who do the same.
    """
    went = 0
    while (delivery := take_next(endpoint_id)) is not None:
        if not deliver(delivery):
            break
        went += 1
    return went


def deliver(delivery: WebhookDelivery) -> bool:
    """Send a message that is in our hands, and write down what came back. False where it failed."""
    endpoint = delivery.endpoint
    if not may_be_told(delivery.event, endpoint):
        note_hidden(delivery)
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
    """What signs: the secret, and for a day the one before it."""
    return [endpoint.secret, *([endpoint.former_secret] if endpoint.former_signs else [])]


def _let_go(served: Future[int]) -> None:
    THREADS.release()
    if error := served.exception():  # the database is away, say; the sweeper comes again
        log.error("Webhooks could not be served.", exc_info=error)
