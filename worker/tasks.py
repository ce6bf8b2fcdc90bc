"""What Celery runs. Each task takes ids, calls one service and is safe to run twice."""

from typing import Any
from uuid import UUID

from celery import Task, shared_task

from worker import sweeper
from worker.services import (
    drift,
    heartbeats,
    inference,
    policy,
    rejudging,
    requeueing,
    retraining,
    tallies,
    weekly_mail,
)
from worker.services import shadow as trials
from worker.services.jobs import running
from worker.services.leftovers import discarding
from worker.services.webhooks import delivering, events

HOURS = 3600


@shared_task(name="worker.tasks.classify")
def classify(image_id: str) -> None:
    """Find out what a picture is (queue ``inference``)."""
    inference.classify_image(image_id=UUID(image_id))


@shared_task(name="worker.tasks.predict_anew")
def predict_anew(version_id: int, after: str = "") -> None:
    """Let a promoted version judge what is stored, a batch at a time (queue ``inference``)."""
    rejudging.predict_batch(version_id=version_id, after=after)


@shared_task(name="worker.tasks.requeue")
def requeue(policy_id: int) -> None:
    """Make the queue's places anew, a batch at a time (queue ``inference``)."""
    requeueing.requeue_batch(policy_id=policy_id)


@shared_task(name="worker.tasks.shadow")
def shadow(trial_id: int, before: str = "") -> None:
    """Let a challenger judge what the champion judged, a batch at a time (queue ``inference``)."""
    trials.continue_trial(trial_id=trial_id, before=before)


@shared_task(name="worker.tasks.heartbeat", bind=True)
def heartbeat(self: "Task[Any, Any]", heartbeat_id: int) -> None:
    """Examine the picture that says that pictures come through (queue ``inference``)."""
    heartbeats.answer_heartbeat(heartbeat_id=heartbeat_id, worker=self.request.hostname or "")


@shared_task(name="worker.tasks.sweep")
def sweep() -> None:
    """Repair what a dead broker or worker left behind (queue ``default``, by beat)."""
    sweeper.sweep()


@shared_task(
    name="worker.tasks.retrain",
    time_limit=6 * HOURS,
    soft_time_limit=6 * HOURS - 60,
)
def retrain(run_id: int) -> None:
    """Do a retraining that was asked for (queue ``training``)."""
    retraining.run_retraining(run_id)


@shared_task(
    name="worker.tasks.run_job",
    time_limit=6 * HOURS,
    soft_time_limit=6 * HOURS - 60,
)
def run_job(job_id: int) -> None:
    """Do an import, an export or a bulk action that was asked for (queue ``jobs``)."""
    running.run_job(job_id)


@shared_task(name="worker.tasks.spread_webhook_event")
def spread_webhook_event(event_id: int) -> None:
    """Let those be told that something happened who want to (queue ``default``)."""
    for endpoint_id in events.spread_event(event_id=event_id):
        delivering.serve_soon(endpoint_id)


@shared_task(name="worker.tasks.deliver_webhooks")
def deliver_webhooks(endpoint_id: int) -> None:
    """Send what is due to an endpoint, in a thread that may hang (queue ``default``)."""
    delivering.serve_soon(endpoint_id)


@shared_task(name="worker.tasks.evaluate_policies")
def evaluate_policies() -> None:
    """Ask the policies whether to retrain (queue ``default``, by beat and after new labels)."""
    policy.evaluate_policies()


@shared_task(name="worker.tasks.count_hours")
def count_hours() -> None:
    """Count what came in by the hour (queue ``default``, by beat)."""
    tallies.count_hours()


@shared_task(name="worker.tasks.look_at_drift")
def look_at_drift() -> None:
    """Look whether what comes in has changed (queue ``default``, by beat)."""
    drift.look_when_due()


@shared_task(name="worker.tasks.mail_week")
def mail_week() -> None:
    """Mail administrators the report of the week that is over (queue ``default``, by beat)."""
    weekly_mail.send_weekly_mail()


@shared_task(name="worker.tasks.discard_leftovers")
def discard_leftovers() -> None:
    """Delete some of the files that no row names (queue ``jobs``, by beat)."""
    discarding.discard_leftovers()
