"""Putting tasks on the queue, and looking at how many wait there."""

import logging
from typing import Any

from celery import current_app
from kombu.exceptions import ChannelError, KombuError, OperationalError

from labelling.breaker import Breaker

log = logging.getLogger(__name__)

INFERENCE, JOBS = "inference", "jobs"
QUEUES = ("default", INFERENCE, "training", JOBS)
UNREACHABLE = (OperationalError, ChannelError, KombuError, OSError)
breaker = Breaker(OperationalError, OSError)


def send(task: str, *args: str | int, delay: float = 0.0) -> bool:
    """Put ``worker.tasks.<task>`` on its queue, to be begun in ``delay`` seconds.

    False, and one line in the log, where it cannot be.

    Nobody who hands something in may suffer from a dead broker: the row that the task is about
    stays as it is and the sweeper sends it again. Nor may everybody find out anew that it hangs.
    """
    if breaker.rests:
        log.info("The queue has just not answered; %s%s waits.", task, args)
        return False
    try:
        with breaker.watch():
            current_app.send_task(
                f"worker.tasks.{task}", args=args, retry=False, countdown=delay or None
            )
    except UNREACHABLE as error:
        log.warning("The queue does not answer (%s); %s%s waits.", error, task, args)
        return False
    return True


def depth(queue: str) -> int:
    """How many tasks wait on ``queue`` and are in nobody's hands. Raises OperationalError."""
    with current_app.connection_for_read() as connection:
        channel: Any = connection.default_channel
        try:
            return int(channel.queue_declare(queue, passive=True).message_count)
        except ChannelError:  # an empty queue does not exist
            return 0
