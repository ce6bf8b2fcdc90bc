"""Charts: what they say, what stands in their tables, and what an export of them holds."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from classifier.monitoring.holm import adjusted, holm
from classifier.vocabulary import Label, Verdict
from worker.charting.chart import Chart, Row, Series, Unit
from worker.charting.drift import Look, drift_charts
from worker.charting.export import to_csv, to_dict
from worker.charting.people import accuracy_chart, agreement_chart
from worker.charting.spans import SPANS
from worker.charting.traffic import BINS, score_chart, upload_chart, verdict_chart
from worker.charting.versions import histogram_chart, reliability_chart

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
WEEK, DAY, MONTH = SPANS["7d"], SPANS["24h"], SPANS["30d"]


def reading(figure: str, layer: str, p_value: float | None, **more: Any) -> dict[str, Any]:
    return {"figure": figure, "layer": layer, "against": "trained_on", "p_value": p_value, **more}


def alarm(figure: str) -> dict[str, Any]:
    return {"figure": figure, "layer": "input", "against": "trained_on"}


def by_slug(charts: list[Chart]) -> dict[str, Chart]:
    return {chart.slug: chart for chart in charts}


def test_steps_follow_the_clock_on_the_wall_where_the_time_changes() -> None:
    """On 25 October 2026 the clocks in Berlin go back: that day has 25 hours and four steps."""
    now = datetime(2026, 10, 26, 12, tzinfo=UTC)
    steps = [step for step in WEEK.steps(now, BERLIN) if step.day == 25]
    assert [step.hour for step in steps] == [0, 6, 12, 18]
    assert steps[1] - steps[0] == timedelta(hours=6)  # on the wall; seven hours went by
    assert steps[1].astimezone(UTC) - steps[0].astimezone(UTC) == timedelta(hours=7)


@pytest.mark.parametrize(("name", "count"), [("24h", 24), ("7d", 29), ("30d", 31), ("90d", 91)])
def test_a_span_has_so_many_steps_and_ends_with_the_one_that_runs(name: str, count: int) -> None:
    steps = SPANS[name].steps(NOON + timedelta(minutes=20), UTC)
    assert len(steps) == count
    assert steps == sorted(steps)
    assert steps[-1] <= NOON + timedelta(minutes=20)


def test_an_adjusted_p_value_is_below_the_level_exactly_where_holm_marks_it() -> None:
    values = [0.04, 0.001, 0.002, 0.9, 0.0024]
    for level in (0.001, 0.005, 0.0072, 0.01, 0.2):
        assert list(adjusted(values) <= level) == list(holm(values, level))
    assert list(adjusted([0.01, 0.01])) == [0.02, 0.02]
    assert len(adjusted([])) == 0


def test_each_layer_is_a_chart_in_which_what_is_alarmed_stands_in_the_band() -> None:
    calm = [reading("width", "input", 0.5), reading("score", "prediction", 0.4)]
    moved = [reading("width", "input", 1e-6), reading("score", "prediction", 0.4)]
    looks = [
        Look(NOON - timedelta(days=2), calm, []),
        Look(NOON - timedelta(days=1), moved, [alarm("width")]),
    ]
    charts = by_slug(drift_charts(looks, WEEK))
    assert list(charts) == [f"drift-{w}" for w in ("input", "embedding", "prediction", "label")]
    drift = charts["drift-input"]
    place = [series.name for series in drift.series].index("Width")
    quiet, loud = (row.values[place] for row in drift.rows)
    assert quiet == pytest.approx(0.097, abs=0.001)  # -log10 of twice 0.4
    assert loud == pytest.approx(5.7, abs=0.01)  # -log10 of 2e-6
    assert drift.level == pytest.approx(2.3, abs=0.01)  # -log10 of half of 1 %
    assert drift.rows[1].alarmed == {place}
    assert drift.title == "Input: the width of pictures moved, since Tue 24 Nov."
    assert charts["drift-prediction"].title == "Prediction: no alarm in these 7 days."
    assert charts["drift-label"].title == "Label: nothing to compare yet."
    assert charts["drift-label"].is_empty


def test_a_drift_that_is_over_is_told_as_over() -> None:
    bad = [reading("width", "input", 1e-6)]
    looks = [
        Look(NOON - timedelta(days=2), bad, [alarm("width"), alarm("height")]),
        Look(NOON - timedelta(days=1), bad, [alarm("width")]),
        Look(NOON, [reading("width", "input", 0.5)], []),
    ]
    drift = by_slug(drift_charts(looks, WEEK))["drift-input"]
    assert drift.title == (
        "Input: the width of pictures moved, and 1 more figure from Mon 23 Nov to Tue 24 Nov; "
        "that is over."
    )


def test_a_figure_without_enough_pictures_is_left_out_of_the_adjustment() -> None:
    few = {"figure": "height", "layer": "input", "against": "last_month", "now": 3, "least": 50}
    look = Look(NOON, [reading("width", "input", 0.01), few], [])
    drift = by_slug(drift_charts([look], WEEK))["drift-input"]
    names = [series.name for series in drift.series]
    assert drift.rows[0].values[names.index("Width")] == pytest.approx(2.0)
    assert drift.rows[0].values[names.index("Height")] is None


def test_shares_of_the_verdicts_and_a_step_in_which_nothing_was_judged() -> None:
    steps = [NOON - timedelta(hours=6), NOON]
    counts = {NOON: Counter(ai=1, human=2, uncertain=1)}
    chart = verdict_chart(steps, counts, WEEK)
    assert [list(row.values) for row in chart.rows] == [[None] * 3, [0.25, 0.5, 0.25]]
    assert chart.title == "25% AI, 50% Human, 25% Uncertain in these 7 days."
    assert [cell.text for cell in chart.lines[1][1]] == ["25.0%", "50.0%", "25.0%"]
    assert verdict_chart(steps, {}, WEEK).is_empty


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (WEEK, "7 uploads in these 7 days, most on Wed 25 Nov from 12:00 (5)."),
        (MONTH, "7 uploads in these 30 days, most on Wed 25 Nov (5)."),
    ],
)
def test_uploads_are_counted_by_their_way(span: Any, words: str) -> None:
    steps = [NOON - timedelta(hours=6), NOON]
    chart = upload_chart(steps, {steps[0]: {"api": 2}, NOON: {"page": 4, "import": 1}}, span)
    assert chart.title == words
    assert [list(row.values) for row in chart.rows] == [[2, 0, 2, 0, 0], [5, 4, 0, 0, 1]]


def test_scores_are_compared_with_the_month_before() -> None:
    chart = score_chart({0.0: 1, 0.95: 1}, {0.0: 4}, BINS)
    assert chart.title == "50% of the scores lie elsewhere than in the month before."
    assert (chart.rows[0].values, chart.rows[19].values) == ([0.5, 1.0], [0.5, 0.0])
    assert "no month before" in score_chart({0.5: 3}, {}, BINS).title
    assert score_chart({}, {0.5: 3}, BINS).title == "No scores in the last 7 days."


def test_accuracy_carries_its_interval_and_its_assumptions() -> None:
    live = {"name": "live_accuracy", "value": 0.9, "low": 0.8, "high": 0.95, "n": 60}
    few = {"name": "average_confidence", "n": 3, "least": 20}
    chart = accuracy_chart([(Look(NOON, [], []), [live, few])], WEEK)
    assert list(chart.rows[0].values) == [0.9, 0.8, 0.95, None, None]
    assert chart.title == "Right on 90% of the audit sample (80 to 95%, 60 pictures)."
    assert "holds only while the probabilities stay calibrated" in chart.what
    nothing = accuracy_chart([(Look(NOON, [], []), [few])], WEEK)
    assert nothing.title == "Too few audit pictures are settled to say how often it is right."
    assert nothing.is_empty


def test_agreement_takes_what_a_later_look_does_not_know_from_the_earlier_one() -> None:
    first = Look(NOON, [reading("agreement", "label", 0.5, after=0.9)], [])
    then = Look(NOON, [reading("overrides", "label", 0.5, after=0.1)], [])
    chart = agreement_chart([first, then], WEEK)
    assert [list(row.values) for row in chart.rows] == [[0.9, 0.1]]
    assert chart.title == "Two reviewers agree on 90% and people overrule 10% of the verdicts."


def test_an_export_says_nothing_where_nothing_is_known() -> None:
    rows = [Row(NOON, [0.5, None], frozenset({0}))]
    chart = Chart("x", "It moved.", "How.", Unit.SHARE, [Series("A"), Series("B, C")], rows, "None")
    assert to_csv(chart) == 'From,A,"B, C"\r\n2026-11-25T12:00:00+00:00,0.5,\r\n'
    assert to_dict(chart)["rows"] == [
        {"at": "2026-11-25T12:00:00+00:00", "values": [0.5, None], "alarmed": ["A"]}
    ]


def test_reliability_tells_which_of_two_means_what_it_says() -> None:
    labels = [Label.AI, Label.HUMAN] * 20
    sure = [(0.97 if label is Label.AI else 0.03, Verdict.UNCERTAIN) for label in labels]
    timid = [(0.6 if label is Label.AI else 0.4, Verdict.UNCERTAIN) for label in labels]
    both = [*sure[:20], *timid[20:]]
    chart = reliability_chart(("Version 1", "Version 2"), (both, both), labels)
    assert [row.values[0] for row in chart.rows] == [row.values[1] for row in chart.rows]
    assert chart.title.startswith("Both mean equally nearly what they say")
    assert (
        "20 settled pictures of each class"
        in reliability_chart(("Version 1", "Version 2"), (sure[:10], timid[:10]), labels[:10]).empty
    )


def test_histograms_are_shares_of_what_each_has_judged() -> None:
    chart = histogram_chart(("Version 1", "Version 2"), ({0.0: 3, 0.05: 1}, {}))
    assert chart.title == "Version 1 has judged 4 pictures, Version 2 0."
    assert chart.rows[0].values == [0.75, None]
