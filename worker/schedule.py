"""The clock: what beat sends, and how often. Plain data, read by ``aivh/celery.py``."""

from typing import Any

from celery.beat import BeatLazyFunc

SWEEP_SECONDS = 15.0
POLICY_SECONDS = 60.0
HEARTBEAT_SECONDS = 60.0


def new_heartbeat() -> int:
    """Called by beat in the moment in which it sends one; gives the number of its row."""
    from worker.services.heartbeats import begin_heartbeat  # there are no models yet above

    return begin_heartbeat()


TALLY_SECONDS = 60.0
DRIFT_SECONDS = 60.0
WEEKLY_MAIL_SECONDS = 600.0
LEFTOVERS_SECONDS = 600.0

SCHEDULE: dict[str, dict[str, Any]] = {
    "sweep": {
        "task": "worker.tasks.sweep",
        "schedule": SWEEP_SECONDS,
        # What nobody took in time is not worth keeping: the next one does all of its work.
        "options": {"expires": SWEEP_SECONDS},
    },
    "evaluate_policies": {
        "task": "worker.tasks.evaluate_policies",
        "schedule": POLICY_SECONDS,
        "options": {"expires": POLICY_SECONDS},
    },
    "heartbeat": {
        "task": "worker.tasks.heartbeat",
        "schedule": HEARTBEAT_SECONDS,
        "args": (BeatLazyFunc(new_heartbeat),),
        # It may stand behind many pictures and still be answered.
        "options": {"expires": 3600.0},
    },
    "count_hours": {
        "task": "worker.tasks.count_hours",
        "schedule": TALLY_SECONDS,
        "options": {"expires": TALLY_SECONDS},
    },
    "look_at_drift": {
        "task": "worker.tasks.look_at_drift",
        "schedule": DRIFT_SECONDS,
        "options": {"expires": DRIFT_SECONDS},
    },
    "mail_week": {
        "task": "worker.tasks.mail_week",
        "schedule": WEEKLY_MAIL_SECONDS,
        "options": {"expires": WEEKLY_MAIL_SECONDS},
    },
    "discard_leftovers": {
        "task": "worker.tasks.discard_leftovers",
        "schedule": LEFTOVERS_SECONDS,
        "options": {"expires": LEFTOVERS_SECONDS},
    },
}
