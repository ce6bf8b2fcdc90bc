"""The strip of the dashboard in words. Pure: figures in, words out."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from labelling.statistics.figure import NoFigure, Result
from worker import silence
from worker.condition import MOST_COUNTED, Condition

LATE = timedelta(seconds=silence.PATIENCE)  # of a heartbeat: three of them missed
PATIENCE = timedelta(minutes=5)  # a picture that waits longer is pointed out


@dataclass(frozen=True)
class Tile:
    """One figure of the strip; ``bad`` says that somebody should look."""

    name: str
    number: str
    beside: str
    bad: bool = False


def strip(state: Condition, now: datetime) -> list[Tile]:
    """What a person reads in ten seconds."""
    return [
        _share("Right, live", state.accuracy, "audit pictures"),
        _share("Called AI wrongly, live", state.false_accusations, "settled human pictures"),
        _coverage(state),
        _alerts(state),
        _waiting(state, now),
        _heartbeat(state, now),
        Tile("Wait for people", counted(state.to_review), "pictures to review"),
    ]


def _share(name: str, result: Result, of: str) -> Tile:
    if isinstance(result, NoFigure):
        return Tile(name, "Too few", f"{result.n} of the {result.least} {of} that it takes")
    ends = f"{100 * result.low:.1f} to {100 * result.high:.1f}%"
    return Tile(name, f"{100 * result.value:.1f}%", f"{ends}, {result.n:,} {of}")


def _coverage(state: Condition) -> Tile:
    if not state.judged:
        return Tile("Answered", "None", "judged in 7 days")
    share = state.answered / state.judged
    return Tile("Answered", f"{100 * share:.1f}%", f"of {state.judged:,} judged in 7 days")


def _alerts(state: Condition) -> Tile:
    count = len(state.alerts)
    seen = sum(alert.acknowledged_at is not None for alert in state.alerts)
    beside = f"{seen} of them seen by somebody" if seen else "open" if count else "nothing is open"
    return Tile("Alerts", str(count) if count else "None", beside, bad=count > seen)


def _waiting(state: Condition, now: datetime) -> Tile:
    if state.waiting_since is None:
        return Tile("Wait for the detector", "None", "the queue is empty")
    waited = now - state.waiting_since
    beside = f"the oldest for {duration(waited)}"
    return Tile("Wait for the detector", counted(state.waiting), beside, bad=waited > PATIENCE)


def _heartbeat(state: Condition, now: datetime) -> Tile:
    beat = state.heartbeat
    if beat is None or beat.answered_at is None:
        return Tile("Heartbeat", "None", "no test picture was answered yet")
    ago = now - beat.answered_at
    return Tile("Heartbeat", duration(ago), "since a test picture was answered", bad=ago > LATE)


def counted(count: int) -> str:
    return f"{MOST_COUNTED:,}+" if count >= MOST_COUNTED else f"{count:,}"


def duration(time: timedelta) -> str:
    """A length of time in its greatest unit."""
    seconds = max(0, int(time.total_seconds()))
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            count = seconds // length
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "under a minute"
