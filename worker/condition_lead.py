"""How the site is, in one sentence. Pure: figures in, words out."""

from collections.abc import Sequence

from classifier.monitoring.figures import Layer
from classifier.monitoring.words import TITLES
from labelling.statistics.figure import Figure
from worker.condition import Condition
from worker.models import Alert

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
