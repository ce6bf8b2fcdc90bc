"""A finding in words. Pure: numbers in, sentences out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from classifier.detector.preprocessing import LEAST_SIDE
from classifier.vocabulary import Reason, Verdict
from labelling.pages.base_rate import measured_rates

WORDS = {Verdict.AI: "AI-made", Verdict.HUMAN: "Human-made", Verdict.UNCERTAIN: "Uncertain"}
DOUBTS = {
    Reason.TOO_SMALL: f"The picture is too small: its shorter side needs {LEAST_SIDE} pixels.",
    Reason.UNFAMILIAR: "The picture is unlike anything that the detector has learned from.",
    Reason.VIEWS_DISAGREE: "The picture's parts do not agree with each other.",
}


@dataclass(frozen=True)
class Reading:
    """What a page shows of one finding. Positions on the bar are percent from the human end."""

    verdict: Verdict
    word: str
    number: str
    needle: float
    band_from: float
    band_to: float
    meaning: str
    measured: str

    @property
    def band_width(self) -> float:
        return self.band_to - self.band_from

    @property
    def ai_width(self) -> float:
        return 100 - self.band_to

    @property
    def spoken(self) -> str:
        """The bar for those who do not see it."""
        return (
            f"Probability of AI {self.number}. The detector gives no answer "
            f"between {self.band_from:.0f} and {self.band_to:.0f}%."
        )


def read(
    *,
    verdict: str,
    probability_ai: float,
    thresholds: Mapping[str, float],
    metrics: Mapping[str, Any],
    reasons: Sequence[str] = (),
) -> Reading:
    """Put one prediction into words; ``thresholds`` and ``metrics`` are its version's.

    ``reasons`` are the codes that were stored with it; one that this release does not know is
    passed over.
    """
    which = Verdict(verdict)
    band = (100 * thresholds.get("human", 0.5), 100 * thresholds.get("ai", 0.5))
    return Reading(
        verdict=which,
        word=WORDS[which],
        number=percent(probability_ai),
        needle=min(99.5, max(0.5, 100 * probability_ai)),
        band_from=band[0],
        band_to=band[1],
        meaning=_meaning(which, probability_ai, band, reasons),
        measured=_measured(which, metrics),
    )


def percent(share: float) -> str:
    """Whole per cent, and never a certainty that nobody has."""
    if share < 0.01:
        return "under 1%"
    if share > 0.99:
        return "over 99%"
    return f"{100 * share:.0f}%"


def _meaning(
    verdict: Verdict, probability_ai: float, band: tuple[float, float], reasons: Sequence[str]
) -> str:
    if verdict is Verdict.UNCERTAIN:
        return _why_uncertain(band, reasons)
    return f"Of 100 test pictures with a figure like this, {_about(probability_ai)} AI-made."


def _why_uncertain(band: tuple[float, float], reasons: Sequence[str]) -> str:
    doubts = [sentence for reason, sentence in DOUBTS.items() if reason in reasons]
    if doubts:
        return " ".join([*doubts, "So the detector gives no answer; people decide."])
    return f"Between {band[0]:.0f} and {band[1]:.0f}% the detector gives no answer; people decide."


def _about(share: float) -> str:
    count = round(100 * share)
    if count < 1:
        return "fewer than one was"
    if count > 99:
        return "nearly all were"
    return f"about {count} {'was' if count == 1 else 'were'}"


def _measured(verdict: Verdict, metrics: Mapping[str, Any]) -> str:
    """How often this verdict was wrong where the truth was known, if the version was measured."""
    if verdict is Verdict.AI:
        rates = measured_rates(metrics)
        if rates is not None:
            return (
                f"When this version was measured on {rates.source}, "
                f"{_times(rates.false_accusation.value)} human-made ones came out as AI-made."
            )
    return ""


def _times(rate: float) -> str:
    count = round(100 * rate)
    return "fewer than 1 of 100" if count < 1 else f"about {count} of 100"
