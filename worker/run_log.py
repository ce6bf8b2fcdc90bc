"""Reading what happened to a retraining, in its order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from classifier.registry.local import LocalRegistry
from classifier.registry.runs import read_curve
from worker.models import TrainingRun


@dataclass(frozen=True)
class Event:
    """What happened, in a sentence, and when."""

    at: datetime
    words: str


@dataclass(frozen=True)
class RunLog:
    """``curve`` has a row for each epoch; none where this machine has no record of the run."""

    events: Sequence[Event]
    curve: Sequence[dict[str, Any]]


def run_log(run: TrainingRun) -> RunLog:
    """Two queries; the registry is read on this machine's own disk."""
    events = sorted(_events(run), key=lambda event: event.at)
    return RunLog(events, _curve(run))


def _events(run: TrainingRun) -> Iterator[Event]:
    yield Event(run.created_at, _asked(run))
    for decision in run.evaluations.select_related("policy"):
        yield Event(decision.at, f"“{decision.policy}”: {decision.sentence}")
    if run.started_at:
        yield Event(run.started_at, f"Attempt {run.attempts} began.")
    if run.cancel_asked_at:
        yield Event(run.cancel_asked_at, f"{run.cancelled_by or 'The command line'} cancelled it.")
    if run.finished_at:  # one that is skipped ends as it is written down
        yield Event(max(run.finished_at, run.created_at), f"It ended: {run.outcome or run.state}")
    for change in run.version.changes.all() if run.version else ():
        yield Event(change.created_at, f"Its version is {change.after}: {change.reason}")
    if run.is_active and run.heartbeat_at:
        yield Event(run.heartbeat_at, f"{run.percent}%: {run.step}")


def _asked(run: TrainingRun) -> str:
    who = str(run.requested_by or run.get_trigger_display())
    return f"{who[0].upper()}{who[1:]} asked for it: {run.get_kind_display()}."


def _curve(run: TrainingRun) -> Sequence[dict[str, Any]]:
    if run.version is None:
        return []
    record = LocalRegistry(settings.REGISTRY_ROOT).runs.of_model(run.version.digest)
    return read_curve(record) if record else []
