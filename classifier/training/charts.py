"""The four charts of an evaluation, from the points that :mod:`reliability` gives."""

from collections.abc import Mapping
from typing import Any

from classifier.training.plots import Axes, bars, chart, dots, line, whiskers

Points = Mapping[str, Any]

# Where an upright axis may end, so that its five steps are short numbers.
ENDS = (0.05, 0.1, 0.25, 0.5, 1.0)
DIAGONAL = ((0.0, 0.0), (1.0, 1.0))


def reliability_plot(points: Points) -> str:
    """How often it really is AI, at each probability; empty where a class is missing."""
    bins = points["reliability"]
    if not bins:
        return ""
    axes = Axes("probability of AI", "share that is AI")
    names = [f"{bin_['n']} pictures, {bin_['share_ai']:.0%} AI" for bin_ in bins]
    return chart(
        "Reliability: the share that is AI at each probability",
        axes,
        line(DIAGONAL, axes, "guide"),
        whiskers([(b["probability"], b["low"], b["high"]) for b in bins], axes, "band"),
        dots([(b["probability"], b["share_ai"]) for b in bins], axes, "ink", names=names),
    )


def risk_coverage_plot(points: Points) -> str:
    """How many answers are wrong when only the surest are given."""
    curve, answering = points["risk_coverage"], points["answering"]
    if not curve:
        return ""
    highest = max(y for _, y in [*curve, *([answering] if answering else [])])
    axes = Axes("share answered", "share of answers that are wrong", most_y=_end_above(highest))
    here = ""
    if answering:
        name = f"verdicts: {answering[0]:.0%} answered, {answering[1]:.1%} of these wrong"
        here = dots([answering], axes, "here", names=[name])
    return chart("Risk and coverage", axes, line(curve, axes, "curve"), here)


def roc_plot(points: Points) -> str:
    """AI pictures found against human pictures accused, over all thresholds."""
    if not points["roc"]:
        return ""
    axes = Axes("human pictures above", "AI pictures above")
    return chart(
        "ROC curve",
        axes,
        line(DIAGONAL, axes, "guide"),
        line(points["roc"], axes, "curve"),
    )


def histogram(points: Points) -> str:
    """Where the probabilities of both classes lie, as shares of each class."""
    ai, human = points["ai_scores"], points["human_scores"]
    axes = Axes("probability of AI", "share of the class", most_y=_end_above(max(*ai, *human)))
    return chart(
        "Histogram of the probabilities, by class",
        axes,
        bars(human, axes, "human", half=0),
        bars(ai, axes, "ai", half=1),
    )


def _end_above(highest: float) -> float:
    return next((end for end in ENDS if end >= highest), 1.0)
