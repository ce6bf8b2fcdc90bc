"""Counting what somebody does, in Redis or Valkey. While it does not answer nobody is counted."""

import logging
from typing import cast

from django.core.cache import cache

from labelling.cache import ImpatientCache

log = logging.getLogger(__name__)


def count(key: str, *, seconds: int) -> int:
    """Count one more under ``key``; how many that makes in the time that the first one began.

    0 while the server that counts is away, so that people get on.
    """
    try:
        return _counter().count(key, seconds=seconds)
    except Exception as error:  # the cache's client has errors of its own
        log.warning("Nobody is counted: %s", error)
        return 0


def take_back(key: str) -> None:
    """One of those counted is none after all."""
    try:
        _counter().take_back(key)
    except Exception as error:  # as above
        log.info("Not taken back: %s", error)


def _counter() -> ImpatientCache:
    return cast("ImpatientCache", cache)
