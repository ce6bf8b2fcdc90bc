"""Cron's five fields: minute, hour, day of the month, month, day of the week."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from celery.schedules import ParseException, crontab
from django.core.exceptions import ValidationError

IN_WORDS = (
    "Write five fields of cron with spaces between them: minute, hour, day of the month, month, "
    "day of the week. For example 0 3 * * 1 for Mondays at 3:00."
)
NEVER = "That day never comes. Mind how long the months are."


def next_time(schedule: str, after: datetime, zone: ZoneInfo) -> datetime:
    """The first time after ``after`` that the schedule names on a clock in ``zone``, as UTC.

    An hour that the clock leaves out in spring is taken when it would have been. Raises ValueError
    where the schedule cannot be read.
    """
    try:
        parsed = crontab.from_string(" ".join(schedule.split()))
        last, delta, _ = parsed.remaining_delta(after, tz=zone)
        due: datetime = (last + delta).astimezone(UTC)
    except (ParseException, ValueError, TypeError) as error:
        raise ValueError(NEVER if "never occurs" in str(error) else IN_WORDS) from error
    return due


def check_schedule(schedule: str) -> None:
    """Django's validator for a field that holds one."""
    try:
        next_time(schedule, datetime(2026, 1, 1, tzinfo=UTC), ZoneInfo("UTC"))
    except ValueError as error:
        raise ValidationError(str(error), code="schedule") from error
