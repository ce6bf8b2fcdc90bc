"""A figure with its interval and what it rests on, or in its place why there is none."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


@dataclass(frozen=True)
class Figure:
    """A value with its 95 % interval; ``n`` items (or answers) stand behind it."""

    value: float
    low: float
    high: float
    n: int


class Why(StrEnum):
    """Why there is no figure."""

    TOO_FEW_ITEMS = "too_few_items"
    TOO_FEW_RATERS = "too_few_raters"
    ONE_ANSWER = "one_answer"  # everybody always said the same, so chance alone explains it


@dataclass(frozen=True)
class NoFigure:
    """``n`` items are there, and ``least`` would be needed."""

    n: int
    least: int
    why: Why = Why.TOO_FEW_ITEMS


Result = Figure | NoFigure


def with_every_member(result: Result) -> dict[str, Any]:
    """Value, low, high, n, least and why, each None where it has no meaning."""
    nothing = {"value": None, "low": None, "high": None, "least": None, "why": None}
    return nothing | asdict(result)
