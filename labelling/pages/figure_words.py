"""Figures of people in words. Pure: a figure in, its number and a line beside it out."""

from dataclasses import dataclass

from labelling.statistics.figure import NoFigure, Result, Why

RELIABLE, TENTATIVE = 0.8, 0.667  # Krippendorff, Content Analysis (2004), section 11.4.2


@dataclass(frozen=True)
class Shown:
    """``number`` stands large, ``beside`` it what it rests on."""

    number: str
    beside: str


def share(result: Result, of: str) -> Shown:
    """A share in percent, of so many ``of``, such as "pictures"."""
    if isinstance(result, NoFigure):
        return _none(result, of)
    between = f"{100 * result.low:.0f} to {100 * result.high:.0f}%"
    return Shown(f"{100 * result.value:.0f}%", f"{between}, {result.n:,} {of}")


def coefficient(result: Result, of: str) -> Shown:
    """A kappa or an alpha with two decimals."""
    if isinstance(result, NoFigure):
        return _none(result, of)
    between = f"{_signed(result.low)} to {_signed(result.high)}"
    return Shown(_signed(result.value), f"{between}, {result.n:,} {of}")


def reading(alpha: Result) -> str:
    """What alpha says about the labels, by its author's own bars and with its interval in mind."""
    if isinstance(alpha, NoFigure):
        return ""
    if alpha.low >= RELIABLE:
        return "Reviewers agree well enough to measure the detector by what they say."
    if alpha.value >= TENTATIVE:
        return "Reviewers agree well enough to learn from, and not yet to be sure of small gains."
    if alpha.high <= 0:
        return "Reviewers agree no more than people who guess. Ask them what they go by."
    return "Reviewers agree too little to rely on one of them alone. Ask for two votes, and talk."


def part(count: int, whole: int) -> str:
    """A share without an interval: a description of what was done, not an estimate."""
    return f"{100 * count / whole:.0f}%" if whole else ""


def _signed(value: float) -> str:
    return f"{value:.2f}".replace("-", "\N{MINUS SIGN}")


def _none(result: NoFigure, of: str) -> Shown:
    if result.why is Why.ONE_ANSWER:
        return Shown("None", f"all {result.n:,} {of} got the same answer, which says nothing")
    if result.why is Why.TOO_FEW_RATERS:
        return Shown("Too few", f"it takes {result.least:,} {of} that two people decided")
    return Shown("Too few", f"{result.n:,} of the {result.least:,} {of} that it takes")
