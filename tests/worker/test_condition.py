"""How the site is, read from rows and tallies: exact figures, and the same few queries for many."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from classifier.models import ModelVersion
from classifier.vocabulary import Label as LabelValue
from labelling.models import Image, Label
from labelling.statistics.figure import Figure, NoFigure
from tests.labelling.rows import make_image, make_version, predict
from worker.charting.spans import SPANS
from worker.condition import Condition, condition
from worker.condition_lead import gravest_first, lead
from worker.models import Alert, DriftLook, Heartbeat, HourlyTally
from worker.pages.condition_words import duration, strip
from worker.series import answered_since, looks, scores, tallies
from worker.services.alerts import raise_alert
from worker.settled_last import audited

pytestmark = pytest.mark.django_db
Queries = Callable[[int], object]
NOW = datetime(2026, 11, 25, 12, 30, tzinfo=UTC)


@pytest.fixture
def live() -> ModelVersion:
    return make_version(3, live=True)


def tally(what: str, key: str, count: int, *, hours: int = 0, version: int = 3) -> None:
    hour = NOW.replace(minute=0) - timedelta(hours=hours)
    HourlyTally.objects.create(hour=hour, what=what, key=key, version=version, count=count)


def settled(
    name: str, label: str, probability: float, version: ModelVersion, *, audit: bool = False
) -> Image:
    image = make_image(name, audit=audit)
    predict(image, version, probability)
    Label.objects.create(image=image, value=label, settled_at=timezone.now())
    return image


def look(version: ModelVersion, *, hours: float, number: int, alarms: int = 0) -> DriftLook:
    at = NOW - timedelta(hours=hours)
    return DriftLook.objects.create(
        version=version,
        window="pictures",
        pictures=200,
        number=number,
        first_at=at,
        last_at=at,
        alarms=[{"figure": "width", "layer": "input"}] * alarms,
    )


def test_tallies_are_summed_by_step_over_all_versions_that_speak(live: ModelVersion) -> None:
    silent = make_version(4)
    ModelVersion.objects.filter(pk=silent.pk).update(state=ModelVersion.State.REJECTED)
    make_version(2)
    tally("verdict", "ai", 2)
    tally("verdict", "ai", 3, version=2)
    tally("verdict", "ai", 100, version=4)
    tally("verdict", "human", 4, hours=6)
    tally("verdict", "human", 50, hours=24 * 8)
    found = tallies(("verdict", "review"), SPANS["7d"], NOW)
    assert found["review"] == {}
    steps = {step.astimezone(UTC): dict(counts) for step, counts in found["verdict"].items()}
    noon = NOW.replace(minute=0)
    assert steps == {noon: {"ai": 5}, noon - timedelta(hours=6): {"human": 4}}


def test_scores_are_those_of_one_version_in_two_times(live: ModelVersion) -> None:
    tally("score", "0.95", 2)
    tally("score", "0.95", 7, hours=24 * 10)
    tally("score", "0.05", 9, hours=24 * 50)
    tally("score", "0.05", 9, version=2)
    found = scores(3, NOW)
    assert (found.week, found.month) == ({0.95: 2}, {0.95: 7})


def test_coverage_counts_what_was_an_answer(live: ModelVersion) -> None:
    for key, count in (("ai", 2), ("human", 5), ("uncertain", 3)):
        tally("verdict", key, count)
    assert answered_since(3, NOW - timedelta(days=7)) == (7, 10)
    assert answered_since(9, NOW - timedelta(days=7)) == (0, 0)


def test_of_many_looks_in_one_step_the_last_one_with_an_alarm_is_read(
    live: ModelVersion, django_assert_num_queries: Queries
) -> None:
    look(live, hours=0.4, number=250)
    alarmed = look(live, hours=0.3, number=300, alarms=1)
    look(live, hours=0.2, number=350)
    calm = [look(live, hours=hours, number=400 + i) for i, hours in enumerate((9, 8, 7))]
    look(live, hours=24 * 8, number=500)
    with django_assert_num_queries(2):
        found = looks(SPANS["7d"], NOW)
    assert [row for _, row in found] == [calm[-1], alarmed]


def test_the_state_of_a_site_on_which_nothing_happened_yet(live: ModelVersion) -> None:
    state = condition(live, timezone.now())
    assert isinstance(state.accuracy, NoFigure)
    assert (state.judged, state.waiting, state.to_review) == (0, 0, 0)
    numbers = {tile.name: tile.number for tile in strip(state, timezone.now())}
    assert numbers["Right, live"] == numbers["Called AI wrongly, live"] == "Too few"
    assert numbers["Alerts"] == numbers["Heartbeat"] == numbers["Answered"] == "None"
    assert lead(3, state) == "The detector is holding; nothing is alarmed."
    assert lead(None, state) == "No version answers yet, so pictures wait."


def test_accuracy_is_of_the_audit_sample_and_accusations_are_of_human_pictures(
    live: ModelVersion,
) -> None:
    for number in range(20):
        settled(f"audit {number}", "human", 0.9 if number < 5 else 0.1, live, audit=True)
        settled(f"other {number}", "ai", 0.1, live)
    state = condition(live, timezone.now())
    assert isinstance(state.accuracy, Figure)
    assert isinstance(state.false_accusations, Figure)
    assert (state.accuracy.value, state.accuracy.n) == (0.75, 20)
    assert (state.false_accusations.value, state.false_accusations.n) == (0.25, 20)


@pytest.mark.parametrize(("window", "expected"), [(1, (0, 1)), (3, (1, 3)), (9, (3, 5))])
def test_of_audit_pictures_those_in_the_window_count_that_were_settled_last(
    live: ModelVersion, window: int, expected: tuple[int, int]
) -> None:
    for number, probability in enumerate((0.1, 0.1, 0.4, 0.5, 0.9)):  # 0.5 is AI
        settled(f"audit {number}", "human", probability, live, audit=True)
    settled("no audit", "human", 0.1, live)
    assert audited(live, window=window) == expected
    assert audited(make_version(2), window=window) == audited(None, window=window) == (0, 0)


def test_what_a_version_says_of_what_it_may_have_learned_accuses_nobody(
    live: ModelVersion,
) -> None:
    for number in range(20):
        image = settled(f"early {number}", "human", 0.9, live)
        Label.objects.filter(image=image).update(settled_at=timezone.now() - timedelta(days=1))
    assert condition(live, timezone.now()).false_accusations == NoFigure(0, 20)


def test_the_strip_points_out_what_somebody_should_look_at(live: ModelVersion) -> None:
    waits = make_image("waits")
    now = timezone.now()
    Image.objects.filter(pk=waits.pk).update(received_at=now - timedelta(minutes=7))
    sent = now - timedelta(minutes=4)
    Heartbeat.objects.create(sent_at=sent, answered_at=sent)
    raise_alert(key="queue", kind=Alert.Kind.QUEUE, sentence="Pictures wait.")
    tiles = {tile.name: tile for tile in strip(condition(live, now), now)}
    assert {name for name, tile in tiles.items() if tile.bad} == {
        "Wait for the detector",
        "Heartbeat",
        "Alerts",
    }
    assert tiles["Wait for the detector"].beside == "the oldest for 7 minutes"
    assert tiles["Heartbeat"].number == "4 minutes"


def state_with(live: ModelVersion, *alerts: tuple[str, Alert.Kind]) -> Condition:
    for key, kind in alerts:
        raise_alert(key=key, kind=kind, sentence="It moved.")
    return condition(live, timezone.now())


def test_the_lead_names_what_moved_and_the_gravest_thing_first(live: ModelVersion) -> None:
    today = f"{timezone.now():%A}"
    drifts = [
        ("drift:embedding:embedding_mmd:trained_on", Alert.Kind.DRIFT),
        ("drift:input:jpeg_quality:last_month", Alert.Kind.DRIFT),
        ("drift:input:jpeg_quality:trained_on", Alert.Kind.DRIFT),
    ]
    assert lead(3, state_with(live, *drifts)) == (
        f"Something moved: the quality of JPEG files, and 1 more, since {today}."
    )
    worse = state_with(live, ("heartbeat", Alert.Kind.HEARTBEAT))
    assert lead(3, worse) == f"Pictures are not answered, since {today}."


def test_many_figures_that_move_hide_neither_a_graver_alert_nor_their_number(
    live: ModelVersion,
) -> None:
    gravest = ("heartbeat", Alert.Kind.HEARTBEAT)
    drifts = [(f"drift:input:width:{number}", Alert.Kind.DRIFT) for number in range(12)]
    state = state_with(live, gravest, *drifts)
    tiles = {tile.name: tile for tile in strip(state, timezone.now())}
    assert tiles["Alerts"].number == "13"
    assert lead(3, state).startswith("Pictures are not answered")
    assert [alert.key for alert in gravest_first(state.alerts)[:2]] == [
        "heartbeat",
        "drift:input:width:11",
    ]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "under a minute"), (60, "1 minute"), (7199, "1 hour"), (86_400 * 3, "3 days")],
)
def test_a_duration_in_its_greatest_unit(seconds: int, words: str) -> None:
    assert duration(timedelta(seconds=seconds)) == words


def test_the_state_costs_the_same_however_much_there_is(
    live: ModelVersion, django_assert_num_queries: Queries
) -> None:
    for rounds in (1, 3):
        for number in range(rounds):
            settled(f"{rounds} {number}", LabelValue.HUMAN, 0.9, live, audit=True)
            image = make_image(f"waits {rounds} {number}")
            key = f"drift:input:width:{rounds}-{number}"
            raise_alert(key=key, kind=Alert.Kind.DRIFT, sentence="It moved.", images=[image.pk])
        with django_assert_num_queries(8):
            state = condition(live, timezone.now())
            assert all(alert.shown.all() for alert in state.alerts)
