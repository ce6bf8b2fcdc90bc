"""What the drift report says: computed when somebody asks for it, and kept nowhere."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from django.utils import timezone

from classifier.models import ModelVersion
from classifier.monitoring.alarms import SHOWN
from classifier.monitoring.figures import Layer
from classifier.monitoring.look import Against, Reading
from classifier.monitoring.moved import Moved, TooFew
from classifier.monitoring.pictures import Column, Pictures
from classifier.monitoring.words import TITLES
from classifier.queries import production_version
from labelling.errors import InvalidRequest
from labelling.numerals import whole_number
from labelling.permissions import Person, check_may_administer
from worker.alerts import open_alerts
from worker.drift_looks import Kind, compare, guess
from worker.drift_windows import Window, newest, references
from worker.models import Alert

LEAST, MOST, USUAL = 20, 2000, 200
BINS = 20  # of the probabilities


@dataclass(frozen=True, eq=False)
class Marked:
    """A figure beyond chance in this look, with the pictures that moved most."""

    reading: Reading
    moved: Moved
    ids: Sequence[UUID]


@dataclass(frozen=True, eq=False)
class DriftReport:
    """``shares`` and ``middles`` say plainly what came in: (what, now, before), before None where
    there is nothing to compare with. ``scores`` has the shares (``BINS``,) now and before."""

    made_at: datetime
    version: ModelVersion
    asked: int
    window: Window
    readings: Sequence[Reading]
    marked: Sequence[Marked]
    estimates: Sequence[dict[str, Any]]
    shares: Sequence[tuple[str, float, float | None]]
    middles: Sequence[tuple[str, float, float | None]]
    scores: tuple[Sequence[float], Sequence[float] | None]
    alerts: Sequence[Alert]

    def of(self, layer: Layer) -> list[Reading]:
        return [reading for reading in self.readings if reading.figure.layer is layer]

    @property
    def is_short(self) -> bool:
        """Whether there are too few pictures to compare anything."""
        return all(isinstance(one.result, TooFew) for one in self.readings)

    @property
    def lead(self) -> str:
        """What it comes to, in a sentence."""
        names = list(dict.fromkeys(TITLES[one.reading.figure.name] for one in self.marked))
        if names:
            more = f" and {len(names) - 3} more" if len(names) > 3 else ""
            return f"Moved beyond chance: {', '.join(names[:3])}{more}."
        if self.is_short:
            return "There are too few pictures to compare yet; here is what came in."
        return "Nothing moved beyond chance."


def pictures_asked(text: str) -> int:
    """The number that ``?n=`` names. Raises InvalidRequest for what is none."""
    number = whole_number(text)
    if number is None:
        raise InvalidRequest(f"Ask for {LEAST} to {MOST:,} pictures.")
    return number


def drift_report(person: Person, asked: int) -> DriftReport | None:
    """Compare the newest ``asked`` pictures; None where no version answers or nothing came.

    Raises NotAllowed, InvalidRequest for fewer than ``LEAST`` or more than ``MOST``, and AivhError
    where the version's bundle cannot be had.
    """
    check_may_administer(person)
    if not LEAST <= asked <= MOST:
        raise InvalidRequest(f"Ask for {LEAST} to {MOST:,} pictures.")
    version = production_version()
    window = newest(version, Kind.PICTURES, asked) if version else None
    if version is None or window is None:
        return None
    against = references(version, Kind.PICTURES, window)
    looks = [(window, compare(Kind.PICTURES, window, against))]
    labels = newest(version, Kind.LABELS, asked)
    if labels is not None:
        seen = compare(Kind.LABELS, labels, references(version, Kind.LABELS, labels))
        looks.append((labels, seen))
    month = against.get(Against.LAST_MONTH)
    return DriftReport(
        made_at=timezone.now(),
        version=version,
        asked=asked,
        window=window,
        readings=[one for _, seen in looks for one in seen],
        marked=[one for each, seen in looks for one in _marked(seen, each)],
        estimates=guess(version, window),
        shares=list(_shares(window.pictures, month)),
        middles=list(_middles(window.pictures, month)),
        scores=(_histogram(window.pictures) or [], _histogram(month)),
        alerts=list(open_alerts().filter(kind=Alert.Kind.DRIFT)),
    )


def _marked(seen: Iterable[Reading], window: Window) -> Iterable[Marked]:
    for one in seen:
        if one.beyond and isinstance(one.result, Moved):
            yield Marked(one, one.result, [window.ids[row] for row in one.result.rows[:SHOWN]])


def _shares(now: Pictures, month: Pictures | None) -> Iterable[tuple[str, float, float | None]]:
    columns = {"files": "containers", "came by": "channels", "verdict": "verdicts"}
    for what, name in columns.items():
        mine, before = _counted(getattr(now, name)), _counted(getattr(month, name, None))
        for word in sorted(set(mine) | set(before)):
            share = before.get(word, 0.0) if before else None
            yield f"{what} {word}", mine.get(word, 0.0), share


def _counted(column: Column | None) -> dict[str, float]:
    counts = Counter(str(word) for word in ([] if column is None else column) if word)
    return {word: count / counts.total() for word, count in counts.items()}


def _middles(now: Pictures, month: Pictures | None) -> Iterable[tuple[str, float, float | None]]:
    columns = {"width": "widths", "height": "heights", "JPEG quality": "qualities"}
    for what, name in columns.items():
        mine = _median(getattr(now, name))
        if mine is not None:
            yield f"{what}, median", mine, _median(getattr(month, name, None))


def _median(column: Column | None) -> float | None:
    known = np.zeros(0) if column is None else column[np.isfinite(column)]
    return float(np.median(known)) if len(known) else None


def _histogram(pictures: Pictures | None) -> list[float] | None:
    if pictures is None or pictures.probabilities is None:
        return None
    counts, _ = np.histogram(pictures.probabilities, BINS, (0.0, 1.0))
    return [float(share) for share in counts / counts.sum()]
