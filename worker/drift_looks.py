"""Comparing a window with what it is compared with: when it is time to, and what it says."""

from typing import Any

from classifier.models import ModelVersion
from classifier.monitoring.accuracy import estimates
from classifier.monitoring.figures import Layer
from classifier.monitoring.look import SPLIT_LEVEL, STEP, WINDOW, Reading, look
from worker.drift_rows import told_estimates
from worker.drift_windows import Window, count_since, held_out, is_judged, newest, references
from worker.models import DriftLook

Kind = DriftLook.Window
# Labels come later than pictures do, so their layer has a window of its own.
LAYERS = {
    Kind.PICTURES: (Layer.INPUT, Layer.EMBEDDING, Layer.PREDICTION),
    Kind.LABELS: (Layer.LABEL,),
}


def is_due(version: ModelVersion, kind: Kind) -> bool:
    last = last_look(version, kind)
    if last is not None:
        return count_since(version, kind, last.last_at, most=STEP) == STEP
    window = newest(version, kind)
    return window is not None and len(window.ids) == WINDOW and is_judged(version)


def last_look(version: ModelVersion, kind: Kind) -> DriftLook | None:
    return DriftLook.objects.filter(version=version, window=kind).order_by("-number").first()


def compare(version: ModelVersion, kind: Kind, window: Window) -> tuple[Reading, ...]:
    against = references(version, kind, window)
    return look(window.pictures, against, level=SPLIT_LEVEL, layers=LAYERS[kind])


def guess(version: ModelVersion, window: Window) -> list[dict[str, Any]]:
    return told_estimates(estimates(window.pictures, held_out(version)))
