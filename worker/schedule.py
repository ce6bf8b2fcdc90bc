"""The clock: what beat sends, and how often. Plain data, read by ``aivh/celery.py``."""

from typing import Any

SWEEP_SECONDS = 15.0
POLICY_SECONDS = 60.0
TALLY_SECONDS = 60.0
DRIFT_SECONDS = 60.0

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
}
