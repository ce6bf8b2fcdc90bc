"""What a version said of the pictures that people settled last."""

from typing import NamedTuple

from django.db.models import Q

from classifier.models import ModelVersion
from classifier.vocabulary import Label
from labelling.models import Prediction

EVEN = 0.5


class Said(NamedTuple):
    """What a version said of one picture, and what people settled that it is."""

    probability_ai: float
    verdict: str
    label: str


def settled_last(
    version: ModelVersion | None, *conditions: Q, window: int, **which: object
) -> list[Said]:
    """At most ``window`` of them, the newest first; none where no version is given. One query."""
    said = Prediction.objects.filter(version=version, image__label__isnull=False)
    newest = said.filter(*conditions, **which).order_by("-image__label__settled_at")
    columns = newest.values_list("probability_ai", "verdict", "image__label__value")
    return [Said(*row) for row in columns[:window]] if version else []


def audited(version: ModelVersion | None, *, window: int) -> tuple[int, int]:
    """On how many of the newest ``window`` settled audit pictures it was right, and of how many.

    Right is the likelier class; whether it would have dared to answer does not count here. No
    version learns from audit pictures, so it may have judged one before or after people did.
    """
    said = settled_last(version, window=window, image__audit=True)
    right = [(one.probability_ai >= EVEN) == (one.label == Label.AI) for one in said]
    return sum(right), len(right)
