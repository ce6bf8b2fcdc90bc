"""The hourly tallies are exact at any moment, counted once, and never shrink."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from classifier.models import ModelVersion
from labelling.models import Image, Label, User
from tests.worker.tallied import NOON, come_in, make_version, say, settle_as, vote
from worker.charting.spans import SPANS, Span
from worker.models import ClosedHour, HourlyTally, TallyTotal
from worker.series import tallies
from worker.services.tallies import close_chunk, count_anew, count_hours
from worker.tally_queries import counted_until, total_by_key, totals
from worker.tally_sources import BY_WHAT, SOURCES, bin_key

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> "Clock":
    clock = Clock()
    monkeypatch.setattr(timezone, "now", lambda: clock.at)
    return clock


class Clock:
    at: datetime = NOON + timedelta(minutes=30)


def test_totals_are_exact_before_during_and_after_counting(now: Clock) -> None:
    version = make_version(1)
    for hours in (500, 30, 2, 0):
        say(come_in(NOON - hours * HOUR), version, 0.9, NOON - hours * HOUR)
    exact = {"ai": 4, "human": 0, "uncertain": 0}

    assert total_by_key("verdict") == exact
    assert close_chunk()
    assert total_by_key("verdict") == exact
    count_hours()
    assert total_by_key("verdict") == exact
    assert counted_until() == NOON
    say(come_in(now.at), version, 0.1, now.at)
    assert total_by_key("verdict") == exact | {"human": 1}


def test_counting_twice_changes_nothing(now: Clock) -> None:
    version = make_version(1)
    for hours in (50, 1, 0):
        say(come_in(NOON - hours * HOUR), version, 0.9, NOON - hours * HOUR)
    count_hours()
    before = [list(model.objects.order_by("pk").values()) for model in (HourlyTally, TallyTotal)]

    assert count_hours() == 0

    after = [list(model.objects.order_by("pk").values()) for model in (HourlyTally, TallyTotal)]
    assert after == before


def test_what_is_counted_of_whom(now: Clock, reviewer: User) -> None:
    one, two = make_version(1, ModelVersion.State.ARCHIVED), make_version(2)
    accused, caught, unsure = (come_in(NOON, audit=True) for _ in range(3))
    asked = come_in(NOON)
    say(accused, one, 0.8, NOON), say(accused, two, 0.1, NOON)
    say(caught, two, 0.95, NOON), say(unsure, two, 0.6, NOON), say(asked, two, 0.71, NOON)
    for image, value in ((accused, "human"), (caught, "ai"), (unsure, "human"), (asked, "human")):
        vote(image, reviewer, value, NOON + HOUR)
        settle_as(image, value, NOON + HOUR)
    now.at = NOON + 2 * HOUR

    count_hours()

    assert total_by_key("image") == {"": 4}
    assert total_by_key("submission") == {"page": 4, "api": 0, "predict": 0, "import": 0}
    assert total_by_key("verdict", version=2) == {"ai": 2, "human": 1, "uncertain": 1}
    assert [total_by_key("review")[answer] for answer in ("human", "ai")] == [3, 1]
    assert total_by_key("label") == {"ai": 1, "human": 3}
    assert total_by_key("audit", version=1) == {"right": 0, "wrong": 1}
    assert total_by_key("audit", version=2) == {"right": 2, "wrong": 1}
    false_accusations = {version: total_by_key("audit_verdict", version=version)["human_ai"]
                         for version in (1, 2)}  # fmt: skip
    assert false_accusations == {1: 1, 2: 0}
    assert total_by_key("override", version=2) == {"kept": 2, "overruled": 1}
    assert totals("score_sum")["score_sum", "", 2] == pytest.approx(2_360_000, abs=1)
    assert totals("confidence_sum")["confidence_sum", "", 2] == pytest.approx(3_160_000, abs=1)


@pytest.mark.parametrize(
    ("probability", "key"),
    [(0.0, "0.00"), (0.05, "0.00"), (0.051, "0.05"), (0.5, "0.45"), (0.95, "0.90"), (1.0, "0.95")],
)
def test_a_bin_of_scores_holds_its_upper_edge(now: Clock, probability: float, key: str) -> None:
    say(come_in(NOON), make_version(1), probability, NOON)

    assert [bin for bin, count in total_by_key("score").items() if count] == [key]


def test_what_is_said_after_the_label_measures_nothing(now: Clock) -> None:
    image = come_in(NOON - 3 * HOUR, audit=True)
    settle_as(image, "human", NOON - 2 * HOUR)
    say(image, make_version(1), 0.9, NOON - HOUR)

    assert total_by_key("audit") == {"right": 0, "wrong": 0}
    assert total_by_key("override") == {"kept": 0, "overruled": 0}
    assert total_by_key("verdict")["ai"] == 1


def test_a_silent_version_is_counted_and_told_when_it_speaks(now: Clock) -> None:
    shadow = make_version(1, ModelVersion.State.SHADOW)
    say(come_in(NOON - 5 * HOUR), shadow, 0.9, NOON - 5 * HOUR)
    count_hours()
    assert totals("verdict", "score") == {}
    assert tallies(("verdict",), SPANS["24h"], now.at) == {"verdict": {}}

    ModelVersion.objects.update(state=ModelVersion.State.PRODUCTION)

    assert totals("verdict") == {("verdict", "ai", 1): 1}
    assert counts_of("verdict", "ai", SPANS["24h"], now.at)[-6:] == [1, 0, 0, 0, 0, 0]


def test_a_deletion_takes_nothing_from_what_was_counted(now: Clock) -> None:
    version = make_version(1)
    closed, still_open = come_in(NOON - 5 * HOUR), come_in(NOON)
    for image in (closed, still_open):
        say(image, version, 0.9, NOON - 5 * HOUR if image == closed else NOON)
    settle_as(closed, "ai", NOON), settle_as(still_open, "ai", NOON)
    count_hours()

    Label.objects.all().delete(), Image.objects.all().delete()

    now.at += timedelta(minutes=1)
    count_hours()
    assert total_by_key("verdict")["ai"] == 2
    assert total_by_key("label")["ai"] == 2
    count_anew()
    count_hours()
    assert total_by_key("verdict")["ai"] == total_by_key("label")["ai"] == 0


def test_without_live_counts_what_was_counted_last_is_read(now: Clock) -> None:
    version = make_version(1)
    say(come_in(NOON), version, 0.9, NOON)
    count_hours()
    say(come_in(NOON), version, 0.9, NOON)

    assert totals("verdict", live=()) == {("verdict", "ai", 1): 1}
    assert totals("verdict") == {("verdict", "ai", 1): 2}


def test_a_late_row_still_counts_for_a_quarter_of_an_hour(now: Clock) -> None:
    now.at = NOON + timedelta(minutes=14)
    count_hours()
    come_in(NOON - timedelta(seconds=1))
    now.at = NOON + timedelta(minutes=15)

    count_hours()

    assert counted_until() == NOON
    assert total_by_key("image") == {"": 1}


def test_a_long_past_is_counted_in_bounded_rounds_and_gaps_are_skipped(now: Clock) -> None:
    for days in (3000, 2999, 2, 1):
        come_in(NOON - days * DAY)

    rounds = 0
    while counted_until() < NOON:
        count_hours(seconds=0)
        rounds += 1

    assert rounds == 4  # a day each
    assert ClosedHour.objects.count() == rounds + 1
    assert total_by_key("image") == {"": 4}


def test_what_a_chart_reads_holds_the_running_hour_as_it_was_counted_last(now: Clock) -> None:
    for hours in (30, 26, 3, 3, 0):
        come_in(NOON - hours * HOUR)
    count_hours()
    come_in(now.at)
    assert counts_of("submission", "page", SPANS["24h"], now.at)[-4:] == [2, 0, 0, 1]

    count_hours()

    assert counts_of("submission", "page", SPANS["24h"], now.at) == [0] * 20 + [2, 0, 0, 2]
    assert counts_of("submission", "import", SPANS["24h"], now.at) == [0] * 24
    assert counts_of("submission", "page", SPANS["7d"], now.at)[-6:] == [2, 0, 0, 0, 2, 2]
    assert counts_of("submission", "page", SPANS["30d"], now.at)[-3:] == [0, 2, 4]


@pytest.mark.parametrize(
    ("zone", "midnight", "expected"),
    [
        ("America/New_York", "2026-03-04T05:00:00+00:00", [1, 1]),
        ("Asia/Kolkata", "2026-03-03T18:30:00+00:00", [2, 0]),  # it belongs where its hour begins
    ],
)
def test_days_are_those_of_the_sites_time_zone(
    now: Clock, settings, zone: str, midnight: str, expected: list[int]
) -> None:
    settings.TIME_ZONE = zone
    come_in(datetime.fromisoformat(midnight) - HOUR)
    come_in(datetime.fromisoformat(midnight))
    count_hours()

    assert counts_of("image", "", SPANS["30d"], now.at)[-2:] == expected


def counts_of(what: str, key: str, span: Span, at: datetime) -> list[int]:
    """As a chart shows it: a number for each step, the earliest first."""
    found = tallies((what,), span, at)[what]
    steps = span.steps(at, timezone.get_current_timezone())
    return [found.get(step, Counter())[key] for step in steps]


def test_reading_takes_the_same_few_queries_however_much_there_is(
    now: Clock, django_assert_num_queries
) -> None:
    version = make_version(1)
    for hours in range(0, 60, 3):
        say(come_in(NOON - hours * HOUR), version, hours / 60, NOON - hours * HOUR)
    count_hours()

    with django_assert_num_queries(4 + len(SOURCES)):
        totals()
    with django_assert_num_queries(4):
        totals(live=())
    for span in SPANS.values():
        with django_assert_num_queries(1):
            tallies(("score", "verdict"), span, now.at)


def test_everything_counted_is_of_its_closed_set(now: Clock, reviewer: User) -> None:
    version = make_version(1)
    for step in range(21):
        image = come_in(NOON, audit=True)
        say(image, version, step / 20, NOON)
        settle_as(image, "ai" if step % 2 else "human", NOON)
    vote(image, reviewer, "unsure", NOON)

    for what, key, _ in totals():
        assert key in BY_WHAT[what].keys
    assert {what for what, _, _ in totals()} == set(BY_WHAT)
    assert sum(total_by_key("score").values()) == 21
    assert bin_key(19) == "0.95"
    assert len({source.what for source in SOURCES}) == len(SOURCES)


def test_the_command_counts_to_the_end_and_anew(now: Clock, capsys) -> None:
    for days in (40, 20, 1):
        come_in(NOON - days * DAY)
    call_command("count_hours")
    assert capsys.readouterr().out == "Counted: 3 pictures, 0 predictions.\n"
    assert counted_until() == NOON
    Image.objects.all()[0].delete()

    call_command("count_hours")
    assert capsys.readouterr().out == "Counted: 3 pictures, 0 predictions.\n"
    call_command("count_hours", "--anew")
    assert capsys.readouterr().out == "Counted: 2 pictures, 0 predictions.\n"
