"""Verdicts, answers and sizes as templates write them."""

from typing import Any

from django import template

from labelling.models import Prediction
from labelling.pages import explaining, wording

register = template.Library()

ANSWERS = {"ai": "AI", "human": "Human", "unsure": "Unsure", "unusable": "Unusable"}


@register.filter
def reading(prediction: Prediction) -> wording.Reading:
    """The prediction in words. Its version must be loaded with it where many are shown."""
    return wording.read(
        verdict=prediction.verdict,
        probability_ai=prediction.probability_ai,
        thresholds=prediction.version.thresholds,
        metrics=prediction.version.metrics,
        reasons=prediction.reasons,
    )


@register.filter
def likeness(cosine: float) -> str:
    """How near two pictures are, in words."""
    return explaining.likeness(cosine)


@register.inclusion_tag("labelling/_verdict.html")
def verdict(prediction: Prediction, size: str = "large") -> dict[str, Any]:
    """Word, number, bar and the quiet line; ``small`` leaves the line out."""
    return {"reading": reading(prediction), "size": size}


@register.inclusion_tag("labelling/_badge.html")
def verdict_badge(prediction: Prediction) -> dict[str, Any]:
    shown = reading(prediction)
    return {"kind": shown.verdict.value, "word": shown.word, "number": shown.number}


@register.inclusion_tag("labelling/_badge.html")
def answer_badge(answer: str) -> dict[str, Any]:
    """What a person said, or what the reviews settled."""
    return {"kind": answer, "word": ANSWERS.get(answer, answer)}
