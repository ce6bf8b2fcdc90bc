"""The simulation's table and its sentences, as Markdown."""

from collections.abc import Mapping, Sequence
from typing import Any

from worker.simulation.curves import ENOUGH, Cost, Spread, Stop, Summary
from worker.simulation.stream import NEW, OLD

ORDER_NAMES = {"ours": "our queue", "random": "random order"}

MEASURED = (
    "Balanced accuracy at a probability of one half: the mean over the seeds and its 95 % interval."
)


def report(summary: Summary, plan: Mapping[str, Any]) -> str:
    """Return the whole page."""
    parts = [
        "# The loop, measured",
        told(plan),
        "## Accuracy against labels",
        MEASURED,
        table(summary.curves),
        "## What follows",
        *figures(summary),
        "## How many labels it takes",
        costs(summary.costs),
    ]
    return "\n\n".join(parts) + "\n"


def told(plan: Mapping[str, Any]) -> str:
    return (
        f"{plan['arrives']} pictures arrive; {plan['reviewers']} simulated reviewers answer, "
        f"{plan['error_rate']:.0%} of the time wrongly; seeds {plan['seeds']}; it begins with "
        f"`{plan['bundle']}`."
    )


def table(curves: Mapping[str, Sequence[Stop]]) -> str:
    head = f"| order | labels | {NEW} | {OLD} | promoted | slowest retraining |"
    rows = [
        f"| {ORDER_NAMES[order]} | {stop.labels} | {percent(stop.new)} | {percent(stop.old)} "
        f"| {stop.promoted} of {stop.new.seeds} | {stop.seconds:.1f} s |"
        for order, stops in curves.items()
        for stop in stops
    ]
    return "\n".join([head, "|---|---|---|---|---|---|", *rows])


def figures(summary: Summary) -> list[str]:
    shipped = f"{summary.start[NEW]:.1%} on {NEW}, {summary.start[OLD]:.1%} on {OLD}"
    lines = [f"- As shipped: {shipped}. With all labels: {summary.everything:.1%} on {NEW}."]
    for order, recovered in summary.recovered.items():
        lines.append(
            f"- {ORDER_NAMES[order].capitalize()}: {ENOUGH} labels recover {percent(recovered)} "
            f"of what all labels recover; {OLD} falls by at most "
            f"{points(summary.forgotten[order])} points on the way."
        )
    lines.append(
        f"- The slowest way from the last label to the new version answering took "
        f"{summary.slowest:.1f} s."
    )
    return ["\n".join(lines)]


def costs(rows: Sequence[Cost]) -> str:
    head = "| recovered | our queue | random order | ours / random |"
    lines = [
        f"| {row.share:.0%} | {count(row.ours)} | {count(row.random)} | {percent(row.ratio)} |"
        for row in rows
    ]
    return "\n".join([head, "|---|---|---|---|", *lines])


def percent(spread: Spread | None) -> str:
    if spread is None:
        return "not reached by all"
    return f"{spread.mean:.1%}" + within(spread, 100, 1)


def points(spread: Spread) -> str:
    return f"{100 * spread.mean:.1f}" + within(spread, 100, 1)


def count(spread: Spread | None) -> str:
    if spread is None:
        return "not reached by all"
    return f"{spread.mean:.0f}" + within(spread, 1, 0)


def within(spread: Spread, scale: float, digits: int) -> str:
    if spread.low is None or spread.high is None:
        return ""
    return f" ({scale * spread.low:.{digits}f}–{scale * spread.high:.{digits}f})"
