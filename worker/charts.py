"""The dashboard's charts, gathered from the tallies and the looks at drift."""

from datetime import datetime

from django.utils import timezone

from worker.charting.chart import Chart
from worker.charting.drift import drift_charts
from worker.charting.people import accuracy_chart, agreement_chart
from worker.charting.spans import Span
from worker.charting.traffic import BINS, review_chart, score_chart, upload_chart, verdict_chart
from worker.series import Scores, looks, scores, tallies


def all_charts(span: Span, now: datetime, live: int | None) -> list[Chart]:
    """Every chart of the dashboard, in its order. Four queries."""
    counts = tallies(("verdict", "submission", "review"), span, now)
    steps = span.steps(now, timezone.get_current_timezone())
    said = scores(live, now) if live is not None else Scores({}, {})
    seen = looks(span, now)
    told = [look for look, _ in seen]
    return [
        *drift_charts(told, span),
        accuracy_chart([(look, row.estimates) for look, row in seen], span),
        agreement_chart(told, span),
        verdict_chart(steps, counts["verdict"], span),
        score_chart(said.week, said.month, BINS),
        upload_chart(steps, counts["submission"], span),
        review_chart(steps, counts["review"], span),
    ]
