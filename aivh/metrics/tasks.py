"""Counting Celery's tasks: how long they waited and ran, and how they ended.

Importing this module connects it. Clocks of two machines that differ make waits that much wrong.
"""

import importlib
import time
from datetime import datetime
from typing import Any

from celery import current_app
from celery.signals import before_task_publish, task_postrun, task_prerun

from aivh.metrics.counters import (
    TASK_BOUNDS,
    TASK_SECONDS,
    TASK_WAIT,
    TASKS,
    field_of,
    observed,
)
from aivh.metrics.shipping import OTHER, shipper

SENT_AT = "aivh_sent_at"
OURS = "worker.tasks."
OUTCOMES = {"SUCCESS": "success", "FAILURE": "failure", "RETRY": "retry"}

_began: dict[str, float] = {}


@before_task_publish.connect
def note_sending(headers: dict[str, Any] | None = None, **_: Any) -> None:
    """When it may be begun: now, or when its countdown is over."""
    if headers is not None:
        eta = headers.get("eta")
        due = datetime.fromisoformat(eta).timestamp() if eta else 0.0
        headers[SENT_AT] = max(time.time(), due)


@task_prerun.connect
def note_beginning(task_id: str = "", task: Any = None, **_: Any) -> None:
    _began[task_id] = time.perf_counter()
    waited = seconds_waited(task)
    if waited is not None:
        shipper.count(observed(TASK_WAIT, name_of(task), waited, TASK_BOUNDS))


@task_postrun.connect
def note_end(task_id: str = "", task: Any = None, state: str | None = None, **_: Any) -> None:
    began = _began.pop(task_id, None)
    if began is None:
        return
    counts = observed(TASK_SECONDS, name_of(task), time.perf_counter() - began, TASK_BOUNDS)
    counts[field_of(TASKS, name_of(task), OUTCOMES.get(state or "", OTHER))] = 1.0
    shipper.count(counts)


def seconds_waited(task: Any) -> float | None:
    """Since it could have been begun; None where nobody said when."""
    sent_at = task.request.get(SENT_AT)
    return max(0.0, time.time() - sent_at) if isinstance(sent_at, float) else None


def name_of(task: Any) -> str:
    """``classify``, of ``worker.tasks.classify``; tasks that are not ours are one."""
    name = str(task.name)
    return name.removeprefix(OURS) if name.startswith(OURS) else OTHER


def task_names() -> list[str]:
    """All that there are."""
    importlib.import_module("worker.tasks")  # a web server sends tasks by name and has none
    ours = [name.removeprefix(OURS) for name in current_app.tasks if name.startswith(OURS)]
    return [*sorted(ours), OTHER]
