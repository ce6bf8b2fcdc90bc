"""Comparing a window with what it is compared with: when it is time to, and what it says."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from classifier.models import ModelVersion
from classifier.monitoring.accuracy import estimates
from classifier.monitoring.figures import Layer
from classifier.monitoring.look import SPLIT_LEVEL, STEP, WINDOW, Against, Reading, look
from classifier.monitoring.pictures import Pictures
from worker.drift_rows import told_estimates
from worker.drift_windows import Window, count_since, held_out, is_judged
from worker.models import DriftLook

Kind = DriftLook.Window
# Labels come later than pictures do, so their layer has a window of its own.
LAYERS = {
    Kind.PICTURES: (Layer.INPUT, Layer.EMBEDDING, Layer.PREDICTION),
    Kind.LABELS: (Layer.LABEL,),
}


def is_due(version: ModelVersion, kind: Kind, last: DriftLook | None) -> bool:
    """Whether enough has come since ``last``, the newest look of this kind, or for the first."""
    if last is not None:
        return count_since(version, kind, last.last_at, most=STEP) == STEP
    return count_since(version, kind, None, most=WINDOW) == WINDOW and is_judged(version)


def looks() -> QuerySet[DriftLook]:
    """Every look, the newest first, with the version that it was taken of."""
    return DriftLook.objects.prefetch_related("version")


def last_look(version: ModelVersion, kind: Kind) -> DriftLook | None:
    return DriftLook.objects.filter(version=version, window=kind).order_by("-number").first()


def compare(kind: Kind, window: Window, against: Mapping[Against, Pictures]) -> tuple[Reading, ...]:
    return look(window.pictures, against, level=SPLIT_LEVEL, layers=LAYERS[kind])


def guess(version: ModelVersion, window: Window) -> list[dict[str, Any]]:
    return told_estimates(estimates(window.pictures, held_out(version)))
