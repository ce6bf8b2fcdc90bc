"""The learning curve as one picture: what it learned from, and what it had not seen."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

Rows = Sequence[Mapping[str, Any]]

LOSSES = {"loss": "training", "val_nll_clean": "val, clean", "val_nll_hard": "val, hard"}
SCORES = {"val_auroc_clean": "val, clean", "val_auroc_hard": "val, hard"}
# Fit for people who do not see red and green apart.
COLOURS = {"training": "#666666", "val, clean": "#0072b2", "val, hard": "#d55e00"}


def draw_learning_curve(rows: Rows) -> bytes:
    """Draw the figures of each epoch, one row for each, as a PNG."""
    figure = Figure(figsize=(9, 3.6), dpi=110, layout="constrained")
    loss, score = figure.subplots(1, 2)
    _panel(loss, rows, LOSSES, "Loss, in nats (less is better)")
    _panel(score, rows, SCORES, "AUROC (more is better)")
    buffer = BytesIO()
    FigureCanvasAgg(figure).print_png(buffer)  # type: ignore[no-untyped-call]
    return buffer.getvalue()


def _panel(axes: Axes, rows: Rows, lines: Mapping[str, str], title: str) -> None:
    for name, label in lines.items():
        points = [(row["epoch"], row[name]) for row in rows if name in row]
        if points:
            epochs, values = zip(*points, strict=True)
            axes.plot(epochs, values, marker="o", markersize=3, label=label, color=COLOURS[label])
    axes.set_title(title, fontsize=10)
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(alpha=0.3)
    if axes.lines:
        axes.legend(frameon=False, fontsize=8)
    else:
        axes.text(0.5, 0.5, "not measured", ha="center", transform=axes.transAxes)
