"""One line for each task, in the name of the request that caused it.

Importing this module connects it. The request's id travels in the task's headers.
"""

import inspect
import logging
import time
from typing import Any

import structlog
from celery.signals import before_task_publish, setup_logging, task_postrun, task_prerun
from structlog.contextvars import get_contextvars

from aivh.logs import tracing
from aivh.logs.context import request_id, safe_id, start_afresh
from aivh.logs.fields import SUBJECTS
from aivh.metrics.shipping import OTHER
from aivh.metrics.tasks import OUTCOMES, name_of, seconds_waited
from worker.schedule import SCHEDULE

CLOCK = {entry["task"] for entry in SCHEDULE.values()}
CAUSED_BY = "aivh_request_id"

log = structlog.get_logger("aivh.tasks")
# What was bound before, the seconds that it waited, when it began.
_begun: dict[str, tuple[dict[str, Any], float | None, float]] = {}


@setup_logging.connect
def leave_logging_alone(**_: Any) -> None:
    """A worker's logging is Django's; Celery would add a format of its own."""


@before_task_publish.connect
def name_the_cause(headers: dict[str, Any] | None = None, **_: Any) -> None:
    if headers is None:
        return
    if cause := request_id():
        headers[CAUSED_BY] = cause
    tracing.inject(headers)


@task_prerun.connect
def begin(
    task_id: str = "", task: Any = None, args: Any = (), kwargs: Any = None, **_: Any
) -> None:
    before = get_contextvars()
    cause = task.request.get(CAUSED_BY)
    bound = {"task": name_of(task), "task_id": task_id, **subjects(task, args, kwargs or {})}
    start_afresh({"request_id": safe_id(cause), **bound} if isinstance(cause, str) else bound)
    tracing.begin_task(task_id, name_of(task), task.request)
    _begun[task_id] = (before, seconds_waited(task), time.perf_counter())


@task_postrun.connect
def end(task_id: str = "", task: Any = None, state: str | None = None, **_: Any) -> None:
    before, waited, began = _begun.pop(task_id, ({}, None, None))
    if began is None:
        return
    ran, outcome = time.perf_counter() - began, OUTCOMES.get(state or "", OTHER)
    words = f"Task {name_of(task)}: {outcome} after {ran:.2f} s"
    log.log(
        level_of(task, outcome),
        words,
        outcome=outcome,
        wait_seconds=None if waited is None else round(waited, 3),
        run_seconds=round(ran, 3),
    )
    tracing.end_task(task_id, outcome)
    start_afresh(before)


def level_of(task: Any, outcome: str) -> int:
    """What the clock sends each minute, and what went well, would bury everything else."""
    routine = task.name in CLOCK and outcome == OUTCOMES["SUCCESS"]
    return logging.DEBUG if routine else logging.INFO


def subjects(task: Any, args: Any, kwargs: dict[str, Any]) -> dict[str, Any]:
    """The ids among a task's arguments, by the names that its function gives them."""
    try:
        given = inspect.signature(task.run).bind_partial(*args, **kwargs).arguments
    except (TypeError, ValueError):  # it will fail by itself, in its own words
        return {}
    return {name: value for name, value in given.items() if name in SUBJECTS}
