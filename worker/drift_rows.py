"""What a look at drift found, as the rows of JSON that ``DriftLook`` keeps."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from classifier.monitoring.accuracy import Estimate
from classifier.monitoring.alarms import Alarm
from classifier.monitoring.look import Against, Reading
from classifier.monitoring.moved import Moved, TooFew
from worker.models import DriftLook

ESTIMATES = ("live_accuracy", "average_confidence", "thresholded_confidence")
DIGITS = 6
Key = tuple[str, Against]
Row = dict[str, Any]


def told(reading: Reading) -> Row:
    """One figure against one reference: how far it moved, or how few there were."""
    result = reading.result
    if isinstance(result, TooFew):
        return named(reading) | {"now": result.n, "before": result.n_before, "least": result.least}
    return named(reading) | {"beyond": reading.beyond} | told_moved(result)


def named(reading: Reading) -> Row:
    return {
        "figure": reading.figure.name,
        "layer": reading.figure.layer.value,
        "against": reading.against.value,
    }


def told_moved(moved: Moved) -> Row:
    return {
        "measure": moved.measure.name.lower(),
        "by": round(moved.by, DIGITS),
        "what": moved.what,
        "before": round(moved.before, DIGITS),
        "after": round(moved.after, DIGITS),
        "p_value": float(f"{moved.p_value:.3g}"),
    }


def told_alarm(alarm: Alarm, ids: Sequence[UUID]) -> Row:
    """``ids`` are those of the window's pictures."""
    shown = [str(ids[number]) for number in alarm.rows]
    return named(alarm.reading) | {
        "sentence": alarm.sentence,
        "advice": alarm.advice,
        "images": shown,
    }


def told_estimates(found: Iterable[Estimate | TooFew]) -> list[Row]:
    """In the order in which ``accuracy.estimates`` gives them."""
    return [
        asdict(one) if isinstance(one, Estimate) else {"name": name, "n": one.n, "least": one.least}
        for name, one in zip(ESTIMATES, found, strict=True)
    ]


def beyond_in(look: DriftLook) -> set[Key]:
    """The figures that were beyond chance in a look, and against what."""
    return {(one["figure"], Against(one["against"])) for one in look.readings if one.get("beyond")}
