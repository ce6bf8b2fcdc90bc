"""A worker that takes pictures or jobs says so, so that the pages can tell when nobody does."""

import logging
import time
from typing import Any

from celery import current_app
from celery.signals import heartbeat_sent, worker_ready

from labelling.liveness import record_worker_seen
from worker.broker import QUEUES

log = logging.getLogger(__name__)

INTERVAL = 5.0  # seconds between two signs of life; pages allow for 30


class Pulse:
    """Celery's own heartbeat comes every two seconds; we pass on one in each ``INTERVAL``."""

    def __init__(self) -> None:
        self._last = float("-inf")

    def beat(self, **_: Any) -> None:
        now = time.monotonic()
        if now - self._last < INTERVAL:
            return
        self._last = now
        try:
            for queue in awaited():
                record_worker_seen(queue)
        except Exception as error:  # the cache's server is away; the broker's loss is told anyway
            log.warning("No sign of life could be left: %s", error)


def awaited() -> list[str]:
    """The queues that this worker consumes: pages wait for some, ``/metrics`` tells of all."""
    consumed = current_app.amqp.queues.consume_from
    return [queue for queue in QUEUES if queue in consumed]


pulse = Pulse()
worker_ready.connect(pulse.beat)
heartbeat_sent.connect(pulse.beat)
