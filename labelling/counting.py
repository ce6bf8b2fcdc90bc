"""Counting what somebody does, in Redis or Valkey. While it does not answer nobody is counted."""

import logging

from django.core.cache import cache

log = logging.getLogger(__name__)


def count(key: str, *, seconds: int) -> int:
    """Count one more under ``key``; how many that makes in the time that the first one began.

    0 while the server that counts is away, so that people get on.
    """
    try:
        cache.add(key, 0, seconds)
        return int(cache.incr(key))
    except ValueError:  # the time was over between the two
        return 1
    except Exception as error:  # the cache's client has errors of its own
        log.warning("Nobody is counted: %s", error)
        return 0


def take_back(key: str) -> None:
    """One of those counted is none after all."""
    try:
        cache.decr(key)
    except Exception as error:  # as above, or the time is over
        log.info("Not taken back: %s", error)
