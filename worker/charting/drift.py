"""Drift over time, a chart for each layer: how hard it would be for chance to move a figure so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import cycle
from math import log10
from typing import Any

from classifier.monitoring.figures import FIGURES, Layer
from classifier.monitoring.holm import adjusted
from classifier.monitoring.look import SPLIT_LEVEL
from classifier.monitoring.words import TITLES
from worker.charting.chart import Chart, Dash, Row, Series, Tone, Unit
from worker.charting.spans import Span

MOST = 8.0  # what is stronger is drawn as this
SHORT = {
    "container": "Kinds of files",
    "width": "Width",
    "height": "Height",
    "aspect": "Shape",
    "jpeg_quality": "JPEG quality",
    "channel": "Ways in",
    "embedding_classifier": "Told apart",
    "embedding_mmd": "Distance",
    "score": "Probabilities",
    "verdicts": "Verdicts",
    "abstention": "No answer",
    "live_accuracy": "Right",
    "overrides": "Overruled",
    "overrides_by_source": "One source",
    "agreement": "Agreement",
}
MARKS = [
    (Tone.INK, Dash.SOLID),
    (Tone.MUTED, Dash.LONG),
    (Tone.INK, Dash.DOTS),
    (Tone.MUTED, Dash.SHORT),
    (Tone.INK, Dash.MIXED),
    (Tone.EDGE, Dash.SOLID),
]
WHAT = {
    Layer.INPUT: "the files themselves",
    Layer.EMBEDDING: "what the detector sees in the pictures",
    Layer.PREDICTION: "what the detector says",
    Layer.LABEL: "what people say",
}


@dataclass(frozen=True)
class Look:
    """What one look found; ``at`` is the step of the chart in which it stands."""

    at: datetime
    readings: Sequence[Mapping[str, Any]]
    alarms: Sequence[Mapping[str, Any]]


def drift_charts(looks: Sequence[Look], span: Span) -> list[Chart]:
    """One for each layer; ``looks`` are in the order of time."""
    return [_chart(layer, looks, span) for layer in Layer]


def _chart(layer: Layer, looks: Sequence[Look], span: Span) -> Chart:
    names = [figure.name for figure in FIGURES if figure.layer is layer]
    told = [look for look in looks if any(r["layer"] == layer for r in look.readings)]
    return Chart(
        slug=f"drift-{layer}",
        title=_finding(layer, names, told, span),
        what=(
            f"{WHAT[layer].capitalize()}, against what the version was trained on and against the "
            "month before, the stronger of the two. The higher, the less it can be chance (−log10 "
            "of the p-value, adjusted by Holm's procedure over the whole look); in the shaded band "
            "it is beyond chance. A ring marks an alarm: beyond chance twice in a row."
        ),
        unit=Unit.STRENGTH,
        series=[
            Series(SHORT[name], *mark) for name, mark in zip(names, cycle(MARKS), strict=False)
        ],
        rows=_merged([_row(names, look) for look in told]),
        empty=f"Nothing of this layer could be compared in these {span.words}: it takes 200 "
        "pictures, and as many to compare them with.",
        first="Look of",
        level=-log10(SPLIT_LEVEL),
    )


def _row(names: Sequence[str], look: Look) -> Row:
    strengths = _strengths(look)
    alarmed = {alarm["figure"] for alarm in look.alarms}
    return Row(
        look.at,
        [strengths.get(name) for name in names],
        frozenset(place for place, name in enumerate(names) if name in alarmed),
    )


def _strengths(look: Look) -> dict[str, float]:
    """Of each figure that could be compared, against whichever reference it moved more."""
    tested = [reading for reading in look.readings if reading.get("p_value") is not None]
    strongest: dict[str, float] = {}
    chances = adjusted([reading["p_value"] for reading in tested])
    for reading, chance in zip(tested, chances, strict=True):
        strength = min(MOST, abs(log10(max(chance, 10**-MOST))))
        strongest[reading["figure"]] = max(strength, strongest.get(reading["figure"], 0.0))
    return strongest


def _merged(rows: Sequence[Row]) -> list[Row]:
    """One row for each step: of two windows that tell of one layer, the stronger figures."""
    merged: dict[datetime | float, Row] = {}
    for row in rows:
        other = merged.get(row.at)
        merged[row.at] = _stronger(other, row) if other else row
    return list(merged.values())


def _stronger(one: Row, other: Row) -> Row:
    pairs = zip(one.values, other.values, strict=True)
    values = [max((v for v in pair if v is not None), default=None) for pair in pairs]
    return Row(one.at, values, one.alarmed | other.alarmed)


def _finding(layer: Layer, names: Sequence[str], told: Sequence[Look], span: Span) -> str:
    """What the chart says, in a sentence."""
    head = f"{layer.capitalize()}:"
    if not told:
        return f"{head} nothing to compare yet."
    alarmed = {
        name: [look.at for look in told if name in {alarm["figure"] for alarm in look.alarms}]
        for name in names
    }
    moved = {name: times for name, times in alarmed.items() if times}
    if not moved:
        return f"{head} no alarm in these {span.words}."
    still = [name for name, times in moved.items() if times[-1] == told[-1].at]
    name = max(still or moved, key=lambda one: len(moved[one]))
    others = len(moved) - 1
    more = f", and {others} more figure{'s' if others > 1 else ''}" if others else ""
    if still:
        return f"{head} {TITLES[name]} moved{more}, since {_when(moved[name][0])}."
    first, last = _when(moved[name][0]), _when(moved[name][-1])
    when = f"on {first}" if first == last else f"from {first} to {last}"
    return f"{head} {TITLES[name]} moved{more} {when}; that is over."


def _when(moment: datetime) -> str:
    return f"{moment:%a %-d %b}"
