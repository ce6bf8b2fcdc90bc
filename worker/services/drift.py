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
from classifier.monitoring.alarms import Alarm, alarms
from classifier.monitoring.figures import Layer
from classifier.monitoring.look import Reading
from classifier.queries import production_version
from worker.announcements import drift_alerted
from worker.drift_looks import LAYERS, Kind, compare, guess, is_due, last_look
from worker.drift_rows import Key, beyond_in, told, told_alarm
from worker.drift_windows import Window, newest, references
from worker.models import Alert, DriftLook, WebhookEvent
from worker.services.alerts import raise_alert, resolve_alert
from worker.services.webhooks.events import note_event

log = logging.getLogger(__name__)


def look_when_due() -> list[DriftLook]:
    """Look at each kind of window that has ``STEP`` new pictures. Safe to run twice."""
    version = production_version()
    if version is None:
        return []
    taken = [take_look(version=version, kind=kind) for kind in Kind]
    return [one for one in taken if one is not None]


def take_look(*, version: ModelVersion, kind: Kind) -> DriftLook | None:
    """Compare the newest window, write down what moved, and raise or end alerts.

    None where no look is due, somebody else takes it at this moment, or the bundle cannot be had.
    """
    # The look that it is due after is the one that it is numbered after: a look that somebody took
    # meanwhile has that number, and the same window is not told twice.
    last = last_look(version, kind)
    if not is_due(version, kind, last) or (window := newest(version, kind)) is None:
        return None
    try:
        seen = compare(kind, window, references(version, kind, window))
        guessed = guess(version, window)
    except AivhError as error:
        log.warning("No look at drift: %s", error.message)
        return None
    try:
        return write_down(version, kind, window, seen, guessed, last)
    except IntegrityError:  # of two who look at one moment the first writes it down
        return None


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
            link=reverse("drift-report"),
            images=[window.ids[number] for number in one.rows],
        )
        for one in rung
    ]
    begun = [alert for alert, new in raised if new]
    for alert in begun:
        note_event(WebhookEvent.Kind.DRIFT_ALERTED, alert.pk)
    if begun:
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
