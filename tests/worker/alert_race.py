"""A program of its own, run by ``test_alerts.py``: many find the same at once.

``python -m tests.worker.alert_race`` runs each race on the database that the environment names and
prints how it ended as JSON.
"""

import json
import threading
from collections import Counter
from unittest.mock import patch

import numpy as np

from tests.worker.race import AT_ONCE, race  # sets Django up

# isort: split
from classifier.models import ModelVersion
from classifier.monitoring.figures import FIGURES
from classifier.monitoring.look import STEP, WINDOW, Against, Reading
from classifier.monitoring.moved import Measure, Moved
from tests.worker.drifting import come
from worker.models import Alert, Delivery, DriftLook
from worker.services import alerts, deliveries, drift


def raising() -> dict[str, int]:
    with patch.object(alerts, "channels", return_value=["webhook"]):
        ended = race(
            lambda: alerts.raise_alert(key="race", kind=Alert.Kind.QUEUE, sentence="It waits.")[1]
        )
    alert = Alert.objects.get()
    return {**ended, "count": alert.count, "deliveries": Delivery.objects.count()}


def delivering() -> dict[str, int]:
    """Every process that keeps watch sees the same message wait."""
    sent: list[str] = []
    with patch.object(deliveries, "post", lambda channel, message: sent.append(channel)):
        ended = race(deliveries.deliver_due)
    return {**ended, "sent": len(sent), "attempts": Delivery.objects.get().attempts}


def resolving() -> dict[str, int]:
    ended = race(lambda: alerts.resolve_alert(key="race"))
    return {**ended, "over": Delivery.objects.filter(event="resolved").count()}


MOVED = Moved(0.5, Measure.KS, "median", 1.0, 2.0, 1e-6, np.arange(3))
FOUND = (Reading(FIGURES[0], Against.LAST_MONTH, MOVED, beyond=True),)


def looking() -> dict[str, int]:
    """Every worker has compared the same window before any of them has written it down."""
    version = ModelVersion.objects.create(number=1, digest="race", state="production")
    together = threading.Barrier(AT_ONCE)

    def compare(*_: object) -> tuple[Reading, ...]:
        together.wait(timeout=60)
        return FOUND

    ended: Counter[str] = Counter()
    with patch.multiple(drift, references=lambda *_: {}, guess=lambda *_: [], compare=compare):
        for pictures in (WINDOW, STEP):  # the second look in a row raises the alert
            come(version, pictures)
            ended += race(lambda: len(drift.look_when_due()))
    raised = Alert.objects.filter(kind=Alert.Kind.DRIFT)
    return {
        **ended,
        "looks": DriftLook.objects.count(),
        "alerts": raised.count(),
        "count": raised.get().count,
    }


if __name__ == "__main__":
    print(
        json.dumps(
            {runner.__name__: runner() for runner in (raising, delivering, resolving, looking)}
        )
    )
