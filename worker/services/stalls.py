"""Raising the alert that no picture comes through, in words."""

from worker.alerts import HEARTBEAT, open_alerts
from worker.models import Alert
from worker.services.alerts import raise_alert
from worker.silence import Trouble

SENTENCES = {
    Trouble.WORKER: "No picture comes through: three test pictures in a row were not answered.",
    Trouble.CLOCK: "The clock has stopped: no test picture was sent for three minutes.",
    Trouble.DETECTOR: "The detector fails: three test pictures in a row could not be examined.",
}
ADVICE = {
    Trouble.WORKER: "Run manage.py doctor. Under manage.py up a stalled worker is started again by "
    "itself; elsewhere start the worker for pictures again.",
    Trouble.CLOCK: "Run manage.py doctor. Under manage.py up the clock is started again by itself; "
    "elsewhere start celery beat again.",
    Trouble.DETECTOR: "Run manage.py doctor, which holds the live version against its digest; "
    "the worker's log says what failed.",
}


def tell(trouble: Trouble | None) -> None:
    """Raise the alert once. Whoever answers a heartbeat ends it."""
    if trouble is None or open_alerts().filter(key=HEARTBEAT).exists():
        return
    raise_alert(
        key=HEARTBEAT,
        kind=Alert.Kind.HEARTBEAT,
        sentence=SENTENCES[trouble],
        advice=ADVICE[trouble],
    )
