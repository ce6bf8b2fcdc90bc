"""Whether somebody takes what is put on each queue."""

from collections import Counter

from celery import current_app
from django.conf import settings

from aivh.doctor.finding import Doubtful, Wrong
from labelling.liveness import worker_is_silent
from worker.broker import INFERENCE, JOBS, UNREACHABLE, depth

ANSWERS_WITHIN = 2.0  # seconds; a worker answers beside its work, within milliseconds
BEATS = (INFERENCE, JOBS)  # the queues whose workers leave signs of life in the cache


def workers() -> str:
    """How many workers take each queue, and how much waits there. Raises Wrong, Doubtful."""
    try:
        taken = consumers()
        waiting = {queue: depth(queue) for queue in queues()}
    except UNREACHABLE as error:
        raise Doubtful(
            "It cannot be told without Redis or Valkey", "Mend that first; its own line says how."
        ) from error
    missed = [queue for queue in queues() if not taken[queue]]
    gone = [queue for queue in missed if queue not in BEATS or worker_is_silent(queue)]
    if gone:
        raise Wrong(f"Nobody takes {_listed(gone, waiting)}", _start(gone))
    if missed:
        raise Doubtful(
            f"Who takes {_listed(missed, waiting)} was seen lately, but does not answer",
            "Run this again in a minute; if it stays, stop that worker and start it again.",
        )
    return ", ".join(
        f"{queue} {taken[queue]} ({waiting[queue]} waiting)" for queue in sorted(waiting)
    )


def consumers() -> Counter[str]:
    """How many workers answer that they take each queue."""
    answers = current_app.control.inspect(timeout=ANSWERS_WITHIN).active_queues() or {}
    return Counter(str(queue["name"]) for taken in answers.values() for queue in taken)


def queues() -> list[str]:
    """Every queue that the site puts tasks on."""
    routes = settings.CELERY_TASK_ROUTES.values()
    return sorted({settings.CELERY_TASK_DEFAULT_QUEUE, *(route["queue"] for route in routes)})


def _listed(names: list[str], waiting: dict[str, int]) -> str:
    return ", ".join(f"{name} ({waiting[name]} waiting)" for name in names)


def _start(gone: list[str]) -> str:
    """The worker for pictures takes the short tasks of the default queue, too."""
    kinds = sorted({INFERENCE if name == "default" else name for name in gone})
    commands = ", ".join(f"`manage.py work {kind}`" for kind in kinds)
    return f"Start the site with `manage.py up`; where workers run by themselves, {commands}."
