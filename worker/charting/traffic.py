"""What comes in and what is said of it: verdicts, scores, uploads, reviews."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from worker.charting.chart import Chart, Dash, Draw, Row, Series, Tone, Unit
from worker.charting.spans import Span

Counts = Mapping[datetime, Mapping[str, int]]  # of each step that has any, by key

VERDICTS = {
    "ai": Series("AI", Tone.AI),
    "human": Series("Human", Tone.HUMAN, Dash.LONG),
    "uncertain": Series("Uncertain", Tone.UNSURE, Dash.SHORT),
}
BINS = [place / 20 for place in range(20)]  # lower ends, as the tallies name them
CHANNELS = {"page": "Page", "api": "API", "predict": "/predict", "import": "Import"}
ANSWERS = {"ai": "AI", "human": "Human", "unsure": "Unsure", "unusable": "Unusable"}


def verdict_chart(steps: Sequence[datetime], counts: Counts, span: Span) -> Chart:
    """Which share of what was judged each verdict has."""
    totals = _totals(counts, VERDICTS)
    judged = sum(totals.values())
    shares = [
        f"{100 * totals[key] / judged:.0f}% {VERDICTS[key].name}" for key in VERDICTS if judged
    ]
    return Chart(
        slug="verdicts",
        title=f"{', '.join(shares)} in these {span.words}." if judged else "No verdicts yet.",
        what=f"Shares of the verdicts in {span.each}, of all that was judged then.",
        unit=Unit.SHARE,
        series=list(VERDICTS.values()),
        rows=[_share_row(step, counts.get(step, {})) for step in steps],
        empty="Nothing was judged in this time.",
    )


def _share_row(step: datetime, counts: Mapping[str, int]) -> Row:
    judged = sum(counts.get(key, 0) for key in VERDICTS)
    shares = [counts.get(key, 0) / judged if judged else None for key in VERDICTS]
    return Row(step, shares)


def upload_chart(steps: Sequence[datetime], counts: Counts, span: Span) -> Chart:
    """How many pictures were handed in, and by which way."""
    return _counted_chart(
        "uploads",
        ("upload", "uploads"),
        CHANNELS,
        steps,
        counts,
        span,
        what=f"Pictures handed in, in {span.each}; the table tells by which way.",
    )


def review_chart(steps: Sequence[datetime], counts: Counts, span: Span) -> Chart:
    """How many answers people gave."""
    return _counted_chart(
        "reviews",
        ("review", "reviews"),
        ANSWERS,
        steps,
        counts,
        span,
        what=f"Answers of people, in {span.each}; the table tells which.",
    )


def _counted_chart(
    slug: str,
    nouns: tuple[str, str],
    keys: Mapping[str, str],
    steps: Sequence[datetime],
    counts: Counts,
    span: Span,
    *,
    what: str,
) -> Chart:
    rows = []
    for step in steps:
        parts = [counts.get(step, {}).get(key, 0) for key in keys]
        rows.append(Row(step, [sum(parts), *parts]))
    total = sum(row.values[0] or 0 for row in rows)
    return Chart(
        slug=slug,
        title=_total_words(int(total), nouns, rows, span),
        what=what,
        unit=Unit.COUNT,
        series=[
            Series(nouns[1].capitalize(), draw=Draw.BAR),
            *(Series(name, draw=Draw.NONE) for name in keys.values()),
        ],
        rows=rows,
        empty=f"No {nouns[1]} in this time.",
    )


def _total_words(total: int, nouns: tuple[str, str], rows: Sequence[Row], span: Span) -> str:
    noun = nouns[0] if total == 1 else nouns[1]
    if not total:
        return f"No {noun} in these {span.words}."
    most = max(rows, key=lambda row: row.values[0] or 0)
    assert isinstance(most.at, datetime)
    when = f"{most.at:%a %-d %b}" + ("" if span.hours == 24 else f" from {most.at:%H:%M}")
    return f"{total:,} {noun} in these {span.words}, most on {when} ({most.values[0]:,.0f})."


def score_chart(
    week: Mapping[float, int], month: Mapping[float, int], bins: Sequence[float]
) -> Chart:
    """Where the probabilities lie: the last week against the month before. Keys are bins' lower
    ends."""
    now, before = (_shares(counts, bins) for counts in (week, month))
    return Chart(
        slug="scores",
        title=_moved_words(now, before, sum(week.values())),
        what="Share of the pictures whose probability of AI lies in each twentieth: what the live "
        "version said in the last 7 days against the 30 days before them.",
        unit=Unit.SHARE,
        series=[
            Series("Last 7 days", Tone.INK, Dash.SOLID, Draw.STEP),
            Series("30 days before", Tone.MUTED, Dash.LONG, Draw.STEP),
        ],
        rows=[Row(bin_, [one, other]) for bin_, one, other in zip(bins, now, before, strict=True)],
        empty="The live version has judged nothing in this time.",
        first="Probability of AI from",
    )


def _shares(counts: Mapping[float, int], bins: Sequence[float]) -> list[float | None]:
    total = sum(counts.values())
    return [counts.get(bin_, 0) / total if total else None for bin_ in bins]


def _moved_words(now: Sequence[float | None], before: Sequence[float | None], judged: int) -> str:
    pairs = [(a, b) for a, b in zip(now, before, strict=True) if a is not None and b is not None]
    if not judged:
        return "No scores in the last 7 days."
    if not pairs:
        return f"Scores of {judged:,} pictures; there is no month before to compare them with."
    apart = sum(abs(a - b) for a, b in pairs) / 2
    return f"{100 * apart:.0f}% of the scores lie elsewhere than in the month before."


def _totals(counts: Counts, keys: Mapping[str, object]) -> dict[str, int]:
    return {key: sum(step.get(key, 0) for step in counts.values()) for key in keys}
