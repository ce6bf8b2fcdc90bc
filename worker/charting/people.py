"""How right the detector is by what people say, and how far people and detector agree."""

from collections.abc import Mapping, Sequence
from typing import Any

from classifier.monitoring.accuracy import AUDITED, AVERAGED, THRESHOLDED
from worker.charting.chart import Chart, Dash, Draw, Row, Series, Tone, Unit
from worker.charting.drift import Look
from worker.charting.spans import Span

Figures = Mapping[str, Any]


def accuracy_chart(looks: Sequence[tuple[Look, Sequence[Figures]]], span: Span) -> Chart:
    """Live accuracy with its interval, and what is estimated without labels beside it."""
    rows: dict[Any, Row] = {}
    measured: Figures | None = None
    for look, estimates in looks:
        known = {each["name"]: each for each in estimates if each.get("value") is not None}
        row = _accuracy_row(look, known)
        rows[look.at] = _filled(rows.get(look.at), row)
        measured = known.get("live_accuracy", measured)
    return Chart(
        slug="accuracy",
        title=_accuracy_words(measured),
        what=f"Right at one half. {AUDITED} Average confidence: {_lower(AVERAGED)} Thresholded "
        f"confidence: {_lower(THRESHOLDED)}",
        unit=Unit.SHARE,
        series=[
            Series("Right in the audit sample"),
            Series("at least", Tone.INK, draw=Draw.LOW),
            Series("at most", Tone.INK, draw=Draw.HIGH),
            Series("Average confidence", Tone.MUTED, Dash.LONG),
            Series("Thresholded confidence", Tone.MUTED, Dash.DOTS),
        ],
        rows=list(rows.values()),
        empty=f"Nothing was measured in these {span.words}. It takes 20 settled pictures of the "
        "audit sample among the newest that were settled.",
        first="Look of",
    )


def _accuracy_row(look: Look, known: Mapping[str, Figures]) -> Row:
    live = known.get("live_accuracy", {})
    others = [known.get(name, {}) for name in ("average_confidence", "thresholded_confidence")]
    ends = [live.get(key) for key in ("value", "low", "high")]
    return Row(look.at, [*ends, *(other.get("value") for other in others)])


def _filled(first: Row | None, then: Row) -> Row:
    """What a later look of the same step does not know is taken from the earlier one."""
    if first is None:
        return then
    pairs = zip(first.values, then.values, strict=True)
    return Row(then.at, [old if new is None else new for old, new in pairs])


def _accuracy_words(measured: Figures | None) -> str:
    if measured is None:
        return "Too few audit pictures are settled to say how often it is right."
    low, high = (f"{100 * measured[end]:.0f}" for end in ("low", "high"))
    return (
        f"Right on {100 * measured['value']:.0f}% of the audit sample "
        f"({low} to {high}%, {measured['n']:,} pictures)."
    )


def agreement_chart(looks: Sequence[Look], span: Span) -> Chart:
    """How often people overrule a verdict, and how often two of them agree."""
    rows: dict[Any, Row] = {}
    for look in looks:
        after = {
            reading["figure"]: reading["after"]
            for reading in look.readings
            if reading.get("after") is not None
        }
        row = Row(look.at, [after.get("agreement"), after.get("overrides")])
        rows[look.at] = _filled(rows.get(look.at), row)
    told = [row for row in rows.values() if any(value is not None for value in row.values)]
    return Chart(
        slug="agreement",
        title=_agreement_words(told),
        what="Of the pictures that were settled last: on how many two people who decided unseen by "
        "each other said the same, and how many verdicts people overruled.",
        unit=Unit.SHARE,
        series=[
            Series("Reviewers agree"),
            Series("People overrule the verdict", Tone.MUTED, Dash.LONG),
        ],
        rows=told,
        empty=f"Nothing was measured in these {span.words}. It takes 20 pictures that two people "
        "decided, or 20 settled ones with a verdict, before and after.",
        first="Look of",
    )


def _agreement_words(told: Sequence[Row]) -> str:
    agreed, overruled = (
        next((row.values[place] for row in reversed(told) if row.values[place] is not None), None)
        for place in (0, 1)
    )
    parts = [
        *([f"two reviewers agree on {100 * agreed:.0f}%"] if agreed is not None else []),
        *(
            [f"people overrule {100 * overruled:.0f}% of the verdicts"]
            if overruled is not None
            else []
        ),
    ]
    words = " and ".join(parts) or "too few pictures are settled to say how far people agree"
    return f"{words[0].upper()}{words[1:]}."


def _lower(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]
