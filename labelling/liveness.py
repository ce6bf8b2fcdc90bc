"""When a worker was last seen. The worker tells; the pages ask."""

import time

from django.core.cache import cache

PICTURES = "inference"  # the queue that workers for pictures consume
SILENCE = 30.0  # seconds without a sign of life after which the pages say so


def record_worker_seen(queue: str = PICTURES) -> None:
    cache.set(_key(queue), time.time(), timeout=None)


def worker_is_silent(queue: str = PICTURES) -> bool:
    """True when no worker of this queue has been seen for ``SILENCE`` seconds.

    True also where the cache does not answer.
    """
    try:
        seen = cache.get(_key(queue))
    except Exception:  # the broker's server is away, and with it every worker
        return True
    return seen is None or time.time() - float(seen) > SILENCE


def _key(queue: str) -> str:
    return f"{queue}-worker-seen"
