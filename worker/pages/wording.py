"""The dashboard's sentences and figures. Pure: numbers in, words out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone

from classifier.vocabulary import Label
from worker.measured import measured

MEASURES = {
    "auroc": ("AUROC", "how well it puts AI above human pictures; 0.5 would be guessing"),
    "balanced_accuracy": ("Balanced accuracy", "right when it has to answer, both classes alike"),
    "false_accusation_rate": ("False accusations", "human pictures that it calls AI"),
    "recall": ("AI found", "AI pictures that it calls AI"),
    "coverage": ("Answered", "pictures on which it does not abstain"),
    "answered_accuracy": ("Right where it answers", "of the answers that it gives"),
}
# What stands in large figures on the dashboard.
HEADLINES = ("auroc", "balanced_accuracy", "false_accusation_rate")
MOST_NAMED = 3  # of the people whom a notice is about
UNDER_WAY = "What comes of it is shown below as soon as it is there."


@dataclass(frozen=True)
class Figure:
    """One measure; ``interval`` is its 95 % interval, in the same unit."""

    name: str
    value: str
    interval: str
    meaning: str


@dataclass(frozen=True)
class Section:
    """Figures on one set of pictures (``key``: ``gold``, or the tier of the test pictures);
    ``groups`` are the rows by generator or origin."""

    key: str
    title: str
    figures: list[Figure]
    headlines: list[Figure]
    groups: list[Mapping[str, Any]] = field(default_factory=list)


def answers(since: datetime | None, number: int | None, running: bool) -> str:
    """Which version answers, and since when; empty where none does."""
    if number is None:
        return ""
    if running:
        return f"Version {number} answers while the next one is being trained."
    if since is None:
        return f"Version {number} answers."
    return f"Version {number} has answered since {timezone.localtime(since):%-d %B %Y}."


def worth(new: int, needed: int) -> str:
    """Whether there is enough to learn from."""
    if new >= needed:
        return f"{_labels(new)} in since it last learned: a retraining is worth it now."
    return f"{new} of {needed} new labels are in before the next retraining is worth it."


def below_floor(names: Sequence[str]) -> str:
    """Who gets fewer silent tests right than the policy asks for; empty where nobody does."""
    if not names:
        return ""
    rest = len(names) - MOST_NAMED
    shown = [*names[:MOST_NAMED], *([f"{rest} more"] if rest > 0 else [])]
    who = " and ".join([part for part in (", ".join(shown[:-1]), shown[-1]) if part])
    verb = "gets" if len(names) == 1 else "get"
    return f"{who} {verb} too few silent tests right, by your policy."


def _labels(count: int) -> str:
    return "1 new label is" if count == 1 else f"{count} new labels are"


def new(by_class: Mapping[Label, int]) -> str:
    """What is new since the detector last learned."""
    total = sum(by_class.values())
    if not total:
        return "No new labels are in since it last learned."
    each = f"{by_class[Label.AI]} AI, {by_class[Label.HUMAN]} human"
    return f"{_labels(total)} in since it last learned ({each})."


def thresholds(values: Mapping[str, float]) -> str:
    """When the version says which word."""
    if "ai" not in values or "human" not in values:
        return "This version does not say when it answers."
    return (
        f"It says AI from {_percent(values['ai'])} upwards and human from "
        f"{_percent(values['human'])} downwards; between the two it gives no answer."
    )


def sections(metrics: Mapping[str, Any]) -> list[Section]:
    """What was measured, the most telling first."""
    return [_section(*one) for one in measured(metrics)]


def gain(metrics: Mapping[str, Any]) -> str:
    """What the version learned from the labels that were new to it; nothing for other versions."""
    new = metrics.get("new_labels")
    if not new:
        return ""
    return (
        f"On {new['n']} labels that were new, it was right in {_percent(new['challenger'])} before "
        f"it learned them; the version before it in {_percent(new['champion'])}."
    )


def _section(key: str, title: str, measured: Mapping[str, Any]) -> Section:
    figures = {key: _figure(key, measured[key]) for key in MEASURES if measured.get(key)}
    return Section(
        key=key,
        title=title,
        figures=list(figures.values()),
        headlines=[figures[key] for key in HEADLINES if key in figures],
        groups=[_group(row) for row in measured.get("groups", ())],
    )


def _figure(key: str, interval: Mapping[str, float]) -> Figure:
    name, meaning = MEASURES[key]
    write = _plain if key == "auroc" else _percent
    return Figure(
        name=name,
        value=write(interval["value"]),
        interval=f"{write(interval['low'])} to {write(interval['high'])}",
        meaning=meaning,
    )


def _group(row: Mapping[str, Any]) -> Mapping[str, Any]:
    shares = ("right_at_half", "called_ai", "called_human", "uncertain")
    return {**row, **{share: _percent(row[share]) for share in shares}}


def _plain(value: float) -> str:
    return f"{value:.3f}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%"
