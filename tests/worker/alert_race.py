"""A program of its own, run by ``test_alerts.py``: many find the same at once.

``python -m tests.worker.alert_race`` runs each race on the database that the environment names and
prints how it ended as JSON.
"""

import json
from unittest.mock import patch

from tests.worker.race import race  # sets Django up
from worker.models import Alert, Delivery
from worker.services import alerts, deliveries


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


if __name__ == "__main__":
    print(json.dumps({runner.__name__: runner() for runner in (raising, delivering, resolving)}))
