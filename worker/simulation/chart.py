"""The simulation's picture: accuracy against labels, old and new, in both orders."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from worker.simulation.curves import Spread, Stop, Summary
from worker.simulation.stream import NEW, OLD
from worker.simulation.words import ORDER_NAMES

# Fit for people who do not see red and green apart.
COLOURS = {"ours": "#0072b2", "random": "#d55e00"}
MARKS = {"ours": "o", "random": "s"}


def draw(summary: Summary, folder: Path) -> None:
    """Write ``curve.png`` and ``curve.svg``; the bands are 95 % intervals over the seeds."""
    figure = Figure(figsize=(9, 3.8), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    new, old = figure.subplots(1, 2, sharex=True)
    for order, stops in summary.curves.items():
        line(new, order, stops, [stop.new for stop in stops])
        line(old, order, stops, [stop.old for stop in stops])
    new.axhline(summary.everything, color="#666666", linestyle=":", label="all labels")
    finish(new, f"New generators ({NEW})")
    finish(old, f"What it knew ({OLD})")
    for kind in ("png", "svg"):
        figure.savefig(folder / f"curve.{kind}", metadata={"Date": None} if kind == "svg" else None)


def line(axes: Axes, order: str, stops: Sequence[Stop], spreads: Sequence[Spread]) -> None:
    labels = [stop.labels for stop in stops]
    axes.plot(
        labels,
        [each.mean for each in spreads],
        marker=MARKS[order],
        markersize=4,
        color=COLOURS[order],
        label=ORDER_NAMES[order],
    )
    axes.fill_between(
        labels,
        [each.mean if each.low is None else each.low for each in spreads],
        [each.mean if each.high is None else each.high for each in spreads],
        color=COLOURS[order],
        alpha=0.15,
        linewidth=0,
    )


def finish(axes: Axes, title: str) -> None:
    axes.set_title(title, fontsize=10)
    axes.set_xlabel("labels given")
    axes.set_ylabel("balanced accuracy")
    axes.grid(alpha=0.3)
    axes.legend(frameon=False, fontsize=8)
