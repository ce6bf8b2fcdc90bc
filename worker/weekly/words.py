"""Figures and how they changed, in words. Pure."""

from labelling.statistics.figure import Figure, Result

HALF_A_POINT = 0.5


def counted(number: int, one: str, many: str = "") -> str:
    """``1 picture``, ``1,200 pictures``, ``no pictures``."""
    name = one if number == 1 else many or f"{one}s"
    return f"{number:,} {name}" if number else f"no {name}"


def compared(now: int, before: int) -> str:
    """How a count changed: ``12 more (+10%)``."""
    if now == before:
        return "as many"
    change = f"{abs(now - before):,} {'more' if now > before else 'fewer'}"
    return f"{change} ({100 * (now - before) / before:+.0f}%)" if before else change


def percent(share: float | None) -> str:
    return "not measured" if share is None else f"{100 * share:.0f}%"


def moved(now: float | None, before: float | None) -> str:
    """How a share changed, in points of a percent."""
    if now is None or before is None:
        return ""
    points = 100 * (now - before)
    if abs(points) < HALF_A_POINT:
        return "the same"
    size = f"{abs(points):.0f} point{'' if f'{abs(points):.0f}' == '1' else 's'}"
    return f"{size} {'higher' if points > 0 else 'lower'}"


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
