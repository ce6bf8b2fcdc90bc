"""Looking at the newest pictures again and again: has what comes in changed? ``docs/drift.md``."""

import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

from django.db import IntegrityError, transaction
from django.urls import reverse

from classifier.announcements import announce_on_commit
from classifier.errors import AivhError
from classifier.models import ModelVersion
from classifier.monitoring.accuracy import estimates
from classifier.monitoring.alarms import Alarm, alarms
from classifier.monitoring.figures import Layer
from classifier.monitoring.look import SPLIT_LEVEL, STEP, WINDOW, Reading, look
from classifier.queries import production_version
from worker.announcements import drift_alerted
from worker.drift_rows import Key, beyond_in, told, told_alarm, told_estimates
from worker.drift_windows import Window, count_since, held_out, is_judged, newest, references
from worker.models import Alert, DriftLook
from worker.services.alerts import raise_alert, resolve_alert

log = logging.getLogger(__name__)

Kind = DriftLook.Window
# Labels come later than pictures do, so their layer has a window of its own.
LAYERS = {
    Kind.PICTURES: (Layer.INPUT, Layer.EMBEDDING, Layer.PREDICTION),
    Kind.LABELS: (Layer.LABEL,),
}


def look_when_due() -> list[DriftLook]:
    """Look at each kind of window that has ``STEP`` new pictures. Safe to run twice."""
    version = production_version()
    if version is None:
        return []
    taken = [take_look(version=version, kind=kind) for kind in Kind if is_due(version, kind)]
    return [one for one in taken if one is not None]


def is_due(version: ModelVersion, kind: Kind) -> bool:
    last = last_look(version, kind)
    if last is not None:
        return count_since(version, kind, last.last_at, most=STEP) == STEP
    window = newest(version, kind)
    return window is not None and len(window.ids) == WINDOW and is_judged(version)


def last_look(version: ModelVersion, kind: Kind) -> DriftLook | None:
    return DriftLook.objects.filter(version=version, window=kind).order_by("-number").first()


def take_look(*, version: ModelVersion, kind: Kind) -> DriftLook | None:
    """Compare the newest window, write down what moved, and raise or end alerts.

    None where somebody else looked at this moment, there are no pictures, or the bundle cannot be
    had.
    """
    last, window = last_look(version, kind), newest(version, kind)
    if window is None:
        return None
    try:
        seen, guessed = compare(version, kind, window), guess(version, window)
    except AivhError as error:
        log.warning("No look at drift: %s", error.message)
        return None
    try:
        return write_down(version, kind, window, seen, guessed, last)
    except IntegrityError:  # of two who look at one moment the first writes it down
        return None


def compare(version: ModelVersion, kind: Kind, window: Window) -> tuple[Reading, ...]:
    against = references(version, kind, window)
    return look(window.pictures, against, level=SPLIT_LEVEL, layers=LAYERS[kind])


def guess(version: ModelVersion, window: Window) -> list[dict[str, Any]]:
    return told_estimates(estimates(window.pictures, held_out(version)))


@transaction.atomic
def write_down(
    version: ModelVersion,
    kind: Kind,
    window: Window,
    seen: Sequence[Reading],
    guessed: list[dict[str, Any]],
    last: DriftLook | None,
) -> DriftLook:
    """Store the look and what follows from it. Raises IntegrityError where it is there already."""
    before = beyond_in(last) if last else set()
    rung = alarms([replace(one, beyond=one.key in before) for one in seen], seen)
    row = DriftLook.objects.create(
        version=version,
        window=kind,
        pictures=len(window.ids),
        number=last.number + 1 if last else 1,
        first_at=window.first_at,
        last_at=window.last_at,
        readings=[told(one) for one in seen],
        alarms=[told_alarm(one, window.ids) for one in rung],
        estimates=guessed,
    )
    raise_alerts(rung, window)
    end_alerts(LAYERS[kind], {one.key for one in seen if one.beyond} | before)
    return row


def raise_alerts(rung: Iterable[Alarm], window: Window) -> None:
    """One alert for each figure and reference, however long it lasts; new ones are announced."""
    raised = [
        raise_alert(
            key=key_of(one.reading),
            kind=Alert.Kind.DRIFT,
            sentence=one.sentence,
            advice=one.advice,
            link=reverse("dashboard"),
            images=[window.ids[number] for number in one.rows],
        )
        for one in rung
    ]
    if any(new for _, new in raised):
        announce_on_commit(drift_alerted)


def end_alerts(layers: Collection[Layer], still: Collection[Key]) -> None:
    """End what two looks in a row have not found again; also what a version before had raised."""
    going = {f"drift:{layer}:{name}:{against}" for layer in layers for name, against in still}
    for layer in layers:
        open_ = Alert.objects.filter(resolved_at=None, key__startswith=f"drift:{layer}:")
        for key in open_.exclude(key__in=going).values_list("key", flat=True):
            resolve_alert(key=key)


def key_of(reading: Reading) -> str:
    return f"drift:{reading.figure.layer}:{reading.figure.name}:{reading.against}"
