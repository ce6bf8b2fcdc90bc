"""Cron's five fields on the site's clock, also on the days when that clock is moved."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError

from worker.cron import check_schedule, next_time

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("schedule", "after", "due"),
    [
        ("0 3 * * 1", "2026-11-23 02:59", "2026-11-23 03:00"),
        ("0 3 * * 1", "2026-11-23 03:00", "2026-11-30 03:00"),
        ("*/15 * * * *", "2026-01-01 23:50", "2026-01-02 00:00"),
        (" 0  0 29 2 * ", "2026-01-01 00:00", "2028-02-29 00:00"),
        ("0 6 1 1,7 *", "2026-01-01 06:00", "2026-07-01 06:00"),
        ("0 9-17 * * mon-fri", "2026-11-20 17:00", "2026-11-23 09:00"),
    ],
)
def test_the_next_time_is_the_first_one_after(schedule: str, after: str, due: str) -> None:
    assert next_time(schedule, berlin(after), BERLIN) == berlin(due).astimezone(UTC)


def berlin(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=BERLIN)


def test_it_is_read_on_the_sites_clock() -> None:
    after = datetime(2026, 7, 1, 12, tzinfo=UTC)
    assert next_time("0 3 * * *", after, BERLIN) == datetime(2026, 7, 2, 1, tzinfo=UTC)
    winter = datetime(2026, 12, 1, 12, tzinfo=UTC)
    assert next_time("0 3 * * *", winter, BERLIN) == datetime(2026, 12, 2, 2, tzinfo=UTC)


def test_an_hour_that_is_left_out_in_spring_is_not_missed() -> None:
    before = datetime(2026, 3, 28, 12, tzinfo=BERLIN)
    assert next_time("30 2 * * *", before, BERLIN) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_an_hour_that_comes_twice_in_autumn_counts_once() -> None:
    before = datetime(2026, 10, 24, 12, tzinfo=BERLIN)
    first = next_time("30 2 * * *", before, BERLIN)
    assert first == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert next_time("30 2 * * *", first, BERLIN) == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "schedule", ["", "daily", "@daily", "0 3 * *", "61 * * * *", "x 0 * * *", "*/0 * * * *"]
)
def test_what_cannot_be_read_is_refused_in_words(schedule: str) -> None:
    with pytest.raises(ValidationError, match="Write five fields of cron"):
        check_schedule(schedule)


def test_a_day_that_never_comes_is_refused() -> None:
    with pytest.raises(ValidationError, match="That day never comes"):
        check_schedule("0 0 31 2 *")
