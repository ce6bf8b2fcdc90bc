"""Figures and how they changed, in words. Pure."""

from labelling.statistics.figure import Figure, Result

HALF_A_PERCENT = 0.5  # what is less is rounded to nothing


def counted(number: int, one: str, many: str = "") -> str:
    """``1 picture``, ``1,200 pictures``, ``no pictures``."""
    name = one if number == 1 else many or f"{one}s"
    return f"{number:,} {name}" if number else f"no {name}"


def compared(now: int, before: int) -> str:
    """How a count changed: ``12 more (+10%)``."""
    if now == before:
        return "as many"
    change = f"{abs(now - before):,} {'more' if now > before else 'fewer'}"
    share = 100 * (now - before) / before if before else 0.0
    return f"{change} ({share:+,.0f}%)" if abs(share) >= HALF_A_PERCENT else change


def percent(share: float | None) -> str:
    return "not measured" if share is None else f"{100 * share:.0f}%"


def moved(now: float | None, before: float | None) -> str:
    """How a share changed, in points of a percent: between what is shown of both."""
    if now is None or before is None:
        return ""
    points = round(100 * now) - round(100 * before)
    if not points:
        return "the same"
    return f"{counted(abs(points), 'point')} {'higher' if points > 0 else 'lower'}"


def told(result: Result) -> str:
    """A share with its interval and what it rests on, or that there were too few."""
    if not isinstance(result, Figure):
        return f"too few: {result.n} of {result.least}"
    ends = f"{100 * result.low:.0f} to {100 * result.high:.0f}%"
    return f"{percent(result.value)} ({ends}, of {result.n:,})"


def told_change(now: Result, before: Result) -> str:
    """How a share with an interval changed, and whether that may be chance."""
    if not isinstance(now, Figure) or not isinstance(before, Figure):
        return ""
    words = moved(now.value, before.value)
    overlap = now.low <= before.high and before.low <= now.high
    return words if words == "the same" or not overlap else f"{words}, which may be chance"
