"""The dashboard's state in words: the lead and the strip below it. Pure: figures in, words out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from classifier.monitoring.figures import Layer
from classifier.monitoring.words import TITLES
from labelling.statistics.figure import Figure, NoFigure, Result
from worker import silence
from worker.condition import MOST_COUNTED, Condition
from worker.models import Alert

LATE = timedelta(seconds=silence.PATIENCE)  # of a heartbeat: three of them missed
PATIENCE = timedelta(minutes=5)  # a picture that waits longer is pointed out
KINDS = {
    Alert.Kind.HEARTBEAT: "pictures are not answered",
    Alert.Kind.QUEUE: "pictures wait too long",
    Alert.Kind.ACCURACY: "the detector is right less often than it should be",
    Alert.Kind.TRAINING: "retraining does not work",
    Alert.Kind.WEBHOOK: "a webhook was switched off",
}
GRAVEST = (
    *(Alert.Kind.HEARTBEAT, Alert.Kind.QUEUE, Alert.Kind.ACCURACY, Alert.Kind.TRAINING),
    *(Alert.Kind.DRIFT, Alert.Kind.WEBHOOK),
)


@dataclass(frozen=True)
class Tile:
    """One figure of the strip; ``bad`` says that somebody should look."""

    name: str
    number: str
    beside: str
    bad: bool = False


def lead(number: int | None, state: Condition) -> str:
    """The sentence with which the dashboard opens: is it still good, and what changed."""
    if number is None:
        return "No version answers yet, so pictures wait."
    if not state.alerts:
        return "The detector is holding; nothing is alarmed."
    first = gravest_first(state.alerts)[0]
    same = [alert for alert in state.alerts if alert.kind == first.kind]
    since = f"{min(alert.raised_at for alert in same):%A}"
    if first.kind == Alert.Kind.DRIFT:
        return f"{_holding(state)}{_moved(same)} since {since}."
    sentence = f"{KINDS[Alert.Kind(first.kind)]}, since {since}."
    return sentence[0].upper() + sentence[1:]


def gravest_first(alerts: Sequence[Alert]) -> list[Alert]:
    """Of one kind in the order in which they are."""
    return sorted(alerts, key=lambda alert: GRAVEST.index(Alert.Kind(alert.kind)))


def _holding(state: Condition) -> str:
    if isinstance(state.accuracy, Figure):
        return f"Right on {state.accuracy.value:.0%} of the audit sample, but something moved: "
    return "Something moved: "


def _moved(alerts: Sequence[Alert]) -> str:
    """Which figures of drift the alerts name: ``drift:input:jpeg_quality:trained_on``."""
    keys = [alert.key.split(":") for alert in sorted(alerts, key=_layer)]
    names = list(dict.fromkeys(key[2] for key in keys if len(key) > 2))
    titles = [TITLES.get(name, "what comes in") for name in names] or ["what comes in"]
    more = len(titles) - 1
    return f"{titles[0]}{f', and {more} more,' if more else ''}"


def _layer(alert: Alert) -> int:
    """The layer nearest to the pictures says most plainly what happened."""
    layers = [str(layer) for layer in Layer]
    told = alert.key.split(":")[1:2]
    return layers.index(told[0]) if told and told[0] in layers else len(layers)


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
