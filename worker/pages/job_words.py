"""A job in words and figures. Pure: a row in, what a page shows out."""

from dataclasses import dataclass
from datetime import datetime

from worker.models import Job

ALMOST = 10  # seconds; what is left below that is not worth a figure


@dataclass(frozen=True)
class JobWords:
    """How far a job is: a sentence, and how much is left; ``percent`` is None while unknown."""

    percent: int | None
    counts: str
    left: str


def words_of(job: Job, now: datetime) -> JobWords:
    """What a page says of a job that is under way."""
    return JobWords(_percent(job), _counts(job), _left(job, now))


def spelled(seconds: float) -> str:
    """A span of time as people say it: rounded, in one unit."""
    if seconds < 90:
        return f"{max(round(seconds / 10), 1) * 10} seconds"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} minutes"
    return f"{round(seconds / 3600)} hours"


def _percent(job: Job) -> int | None:
    return min(100 * job.done // job.total, 100) if job.total else None


def _counts(job: Job) -> str:
    if job.state == Job.State.QUEUED:
        return f"{job.total:,} to do" if job.total else ""
    counts = f"{job.done:,} of {job.total:,}" if job.total else f"{job.done:,}" if job.done else ""
    return f"{counts}, {job.refused:,} refused" if counts and job.refused else counts


def _left(job: Job, now: datetime) -> str:
    left = job.seconds_left(now)
    if left is None or job.cancel_asked_at is not None:
        return ""
    return f"about {spelled(left)} left" if left >= ALMOST else "nearly done"
