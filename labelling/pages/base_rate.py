"""What "called AI" is worth: it depends on how many pictures are AI-made at all. Pure.

By Bayes' rule (T. Bayes, 1763): where a share p of the pictures is AI-made, r of these are called
AI, and f of the human-made ones are called AI too, then of all that are called AI a share
r·p / (r·p + f·(1 − p)) is AI-made.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

BASE_RATES = (0.01, 0.10, 0.50)


@dataclass(frozen=True)
class Rate:
    """A share from 0 to 1 with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Rates:
    """How often a version calls AI what is human-made, and what is AI-made; and how that is known.

    ``pictures`` is 0 where the version's figures do not say on how many they rest.
    """

    false_accusation: Rate
    found: Rate
    source: str
    pictures: int


@dataclass(frozen=True)
class Row:
    """Of 100 pictures ``ai_made`` are AI-made; then of 100 called AI so many are, and at worst."""

    ai_made: int
    right: int
    at_worst: int


def measured_rates(metrics: Mapping[str, Any]) -> Rates | None:
    """What is known of a version, from the pictures that say most of new ones; None without any.

    First kinds of pictures that were left out of all that was learned, as the web passes them on
    (``left_out``): tomorrow's picture comes from a generator or a camera that nobody has seen, and
    these figures are the worst for it. Then what people settled on this site with the held-out
    pictures (``gold``), which are new but of the kinds that were learned. Then the test pictures
    of the version's own training, which have its origins.
    """
    web = ((metrics.get("left_out") or {}).get("tiers") or {}).get("web") or {}
    clean = (metrics.get("test") or {}).get("clean") or {}
    gold = metrics.get("gold") or {}
    usual = ("false_accusation_rate", "recall")
    known = (
        _rates(web, "accused", "found", "pictures of kinds that it had not learned from"),
        _rates(gold, *usual, "settled and held-out pictures that it did not learn from"),
        _rates(clean, *usual, "test pictures"),
    )
    return next((rates for rates in known if rates), None)


def precision(base_rate: float, rates: Rates, *, at_worst: bool = False) -> float:
    """Return the share of AI-made pictures among those called AI, by Bayes' rule; 0 to 1.

    ``at_worst`` reads both rates at the worse end of their intervals.
    """
    accused = rates.false_accusation.high if at_worst else rates.false_accusation.value
    found = rates.found.low if at_worst else rates.found.value
    right, wrong = found * base_rate, accused * (1 - base_rate)
    return right / (right + wrong) if right + wrong else 0.0


def table(rates: Rates) -> list[Row]:
    """A row for each of the base rates, in whole pictures of 100.

    Rounded down, and never all of them: that would be a certainty that nobody has.
    """
    return [
        Row(
            ai_made=round(100 * share),
            right=_of_100(precision(share, rates)),
            at_worst=_of_100(precision(share, rates, at_worst=True)),
        )
        for share in BASE_RATES
    ]


def _of_100(share: float) -> int:
    return min(99, int(100 * share))


def _rates(figures: Mapping[str, Any], accused: str, found: str, source: str) -> Rates | None:
    false_accusation, recall = _rate(figures.get(accused)), _rate(figures.get(found))
    if false_accusation is None or recall is None:
        return None
    return Rates(false_accusation, recall, source, int(figures.get("n") or 0))


def _rate(figure: Mapping[str, float] | None) -> Rate | None:
    if not figure or figure.get("value") is None:
        return None
    value = float(figure["value"])
    return Rate(value, float(figure.get("low", value)), float(figure.get("high", value)))
