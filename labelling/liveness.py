"""When a worker that classifies pictures was last seen. The worker tells; the pages ask."""

import time

from django.core.cache import cache

KEY = "inference-worker-seen"
SILENCE = 30.0  # seconds without a sign of life after which the pages say so


def record_worker_seen() -> None:
    cache.set(KEY, time.time(), timeout=None)


def worker_is_silent() -> bool:
    """True when no worker has been seen for ``SILENCE`` seconds, or the cache does not answer."""
    try:
        seen = cache.get(KEY)
    except Exception:  # the broker's server is away, and with it every worker
        return True
    return seen is None or time.time() - float(seen) > SILENCE
