"""Whether the clock sends a test picture each minute, and whether it comes through."""

from django.utils import timezone

from aivh.doctor.finding import Doubtful, Wrong
from worker.models import Heartbeat
from worker.silence import PATIENCE
from worker.vital_signs import answered_heartbeats, heartbeat_age

START_CLOCK = (
    "Start the site with `manage.py up`; where its parts run by themselves, start "
    "`celery --app aivh beat`."
)
START_WORKER = "Start the worker for pictures again: `manage.py work inference`."


def heartbeat() -> str:
    """When a test picture last came through. Raises Wrong, Doubtful."""
    newest = Heartbeat.objects.first()
    if newest is None:
        raise Doubtful("The clock has never sent a test picture", START_CLOCK)
    silent = (timezone.now() - newest.sent_at).total_seconds()
    if silent > PATIENCE:
        raise Doubtful(f"The clock has sent nothing for {_ago(silent)}", START_CLOCK)
    if newest.failure:
        raise Wrong(f"The test picture could not be examined: {newest.failure}", START_WORKER)
    age = heartbeat_age()
    if age is None:
        raise Doubtful(
            "No test picture has come through yet", "Run this again in a minute; then see workers."
        )
    if age > PATIENCE:
        raise Wrong(f"No test picture has come through for {_ago(age)}", START_WORKER)
    last = answered_heartbeats()[0]
    return f"answered {_ago(age)} ago in {last.seconds or 0:.2f} s by {last.worker}"


def _ago(seconds: float) -> str:
    return f"{seconds:.0f} seconds" if seconds < 600 else f"{seconds / 60:.0f} minutes"
