"""Carrying each process' counts to Redis, where a scrape reads what all processes counted.

A thread of its own does it, so a Redis that is dead or hangs holds up nobody; what could not be
sent is kept and sent later.
"""

import atexit
import logging
import os
import threading
from typing import Any

from celery.signals import worker_process_shutdown
from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

from aivh.metrics.counters import REQUESTS, Counts, counters, field_of

log = logging.getLogger(__name__)

EVERY = 1.0  # seconds between two deliveries
PATIENCE = 1.0  # seconds for Redis to answer
LONGEST_PAUSE = 30.0  # seconds between two tries while it does not

REQUESTS_KEY, TIMINGS_KEY = "aivh:metrics:requests", "aivh:metrics:timings"
MOST_REQUESTS = 800  # series of requests; whatever comes later is counted as one other
OTHER = "other"
OTHER_REQUESTS = field_of(REQUESTS, OTHER, OTHER, OTHER)

# Adds each amount to its field, or to the field for all others where the hash is full.
ADD_BOUNDED = """
local room = tonumber(ARGV[1]) - redis.call('HLEN', KEYS[1])
for at = 3, #ARGV, 2 do
  local field = ARGV[at]
  if redis.call('HEXISTS', KEYS[1], field) == 0 then
    if room > 0 then room = room - 1 else field = ARGV[2] end
  end
  redis.call('HINCRBYFLOAT', KEYS[1], field, ARGV[at + 1])
end
"""


def connect() -> Redis:
    """A client of the server that also holds the cache. It connects when it is first used."""
    return Redis.from_url(
        str(settings.CACHES["default"]["LOCATION"]),
        socket_timeout=PATIENCE,
        socket_connect_timeout=PATIENCE,
    )


class Shipper:
    """Sends what ``counters`` holds, each second while there is something."""

    def __init__(self) -> None:
        self.forget()
        os.register_at_fork(after_in_child=self.forget)

    def forget(self) -> None:
        """A forked process has none of its parent's threads and must not use its connections."""
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._waiting = threading.Event()
        self._client: Redis | None = None
        self._sending = threading.Lock()
        self._told: set[type[Exception]] = set()

    def count(self, counts: Counts) -> None:
        """Add to this process' counts. It touches no network."""
        counters.add(counts)
        if not self._waiting.is_set():
            self._waiting.set()
            if self._thread is None:
                self._start()

    def ship(self) -> bool:
        """Send everything now; whether that worked. What did not is kept."""
        with self._sending:
            counts = counters.take()
            if not counts:
                return True
            try:
                self._send(counts)
            except Exception as error:  # the thread must outlive what redis-py did not foresee
                counters.add(counts)
                self._tell(error)
                return False
            return True

    @property
    def is_running(self) -> bool:
        """Whether this process counted anything."""
        return self._thread is not None

    def _send(self, counts: Counts) -> None:
        # Held here, too: a client that nobody holds closes its connections under the pipeline.
        client = self._client = self._client or connect()
        pipe = client.pipeline(transaction=True)
        requests = [
            part
            for field, amount in counts.items()
            if field.startswith(REQUESTS)
            for part in (field, amount)
        ]
        if requests:
            pipe.eval(ADD_BOUNDED, 1, REQUESTS_KEY, MOST_REQUESTS, OTHER_REQUESTS, *requests)
        for field, amount in counts.items():
            if not field.startswith(REQUESTS):
                pipe.hincrbyfloat(TIMINGS_KEY, field, amount)
        pipe.execute()

    def _tell(self, error: Exception) -> None:
        """Redis may be away; anything else is for whoever reads the log, once for each kind."""
        if isinstance(error, RedisError | OSError):
            log.debug("The metrics could not be sent: %s", error)
            return
        self._client = None  # nobody knows what its connections would answer next
        if type(error) not in self._told:
            self._told.add(type(error))
            name = type(error).__name__
            log.warning("The metrics could not be sent, and are kept: %s: %s", name, error)

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="metrics", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        pause, rest = EVERY, threading.Event()
        while True:
            self._waiting.wait()
            rest.wait(pause)
            self._waiting.clear()
            if self.ship():
                pause = EVERY
            else:
                pause = min(2 * pause, LONGEST_PAUSE)
                self._waiting.set()


shipper = Shipper()


def shipped() -> Counts | None:
    """What all processes counted, by field; None where Redis does not answer."""
    client = connect()
    try:
        pipe = client.pipeline(transaction=False)
        for key in (REQUESTS_KEY, TIMINGS_KEY):
            pipe.hgetall(key)
        hashes: list[dict[bytes, bytes]] = pipe.execute()
    except (RedisError, OSError):
        return None
    finally:
        client.close()
    return {key.decode(): float(value) for found in hashes for key, value in found.items()}


@atexit.register
def ship_the_rest(**_: Any) -> None:
    """What is left when a process ends in order, where Redis answers at once."""
    if shipper.is_running:
        shipper.ship()


worker_process_shutdown.connect(ship_the_rest)
