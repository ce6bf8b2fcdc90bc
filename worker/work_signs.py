"""What a worker for pictures is doing, as it says itself: a task begun, or a task done.

So whoever waits for a heartbeat can tell a worker that is busy, or whose queue is long, from one
that is stalled.
"""

import logging
import time
from dataclasses import dataclass
from typing import Any

from celery import current_app
from celery.signals import task_postrun, task_prerun
from django.core.cache import cache

from worker.broker import INFERENCE

log = logging.getLogger(__name__)

KEY = "inference-work"


@dataclass(frozen=True)
class Work:
    """The last thing that a worker for pictures said; ``at`` tells one word from the next."""

    begun: bool
    at: float


def last_work() -> Work | None:
    """None where nobody has said a thing, or the cache does not answer."""
    try:
        said = cache.get(KEY)
    except Exception:  # the cache's server is away
        return None
    return Work(*said) if said else None


def say(*, begun: bool) -> None:
    """Runs in the process that does the task."""
    if INFERENCE not in current_app.amqp.queues.consume_from:
        return
    try:
        cache.set(KEY, (begun, time.time()), timeout=None)
    except Exception as error:  # the cache's server is away; so are the tasks
        log.warning("It could not be said what this worker does: %s", error)


@task_prerun.connect
def say_begun(**_: Any) -> None:
    say(begun=True)


@task_postrun.connect
def say_done(**_: Any) -> None:
    say(begun=False)
