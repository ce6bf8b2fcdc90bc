"""Tables of figures in Markdown, for the model card and for the terminal."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Figures = Mapping[str, Any]

# The names under which figures stand in bundle.json, in the order of all tables.
FIGURES = {
    "auroc": "AUROC",
    "average_precision": "Average precision",
    "balanced_accuracy": "Balanced accuracy at one half",
    "macro_balanced_accuracy": "Balanced accuracy over origins and generators",
    "false_accusation_rate": "Human pictures called AI",
    "recall": "AI pictures called AI",
    "coverage": "Pictures that got an answer",
    "answered_accuracy": "Answers that were right",
    "flips": "Verdicts that turned around, against clean",
    "nll": "Log loss",
    "brier": "Brier score",
    "ece": "Calibration error (ECE)",
    "ece_noise": "… of a perfectly calibrated detector at this n",
}
# What can be had without a detector.
MAJORITY, METADATA, COLOUR = "majority", "metadata", "colours"
BASELINES = {
    MAJORITY: "Always the larger class",
    METADATA: "File header only",
    COLOUR: "Colour histogram only",
}


def figures_table(columns: Mapping[str, Figures]) -> str:
    """Return Markdown: one column for each of the named figures, then a row for each group."""
    text = [summary_table(columns)]
    if any(part.get("groups") for part in columns.values()):
        text += ["By generator, or by origin of the human pictures:", groups_table(columns)]
    return "\n\n".join(text)


def baseline_columns(baselines: Figures) -> dict[str, Figures]:
    """Return each baseline's figures in the first tier in which it could say anything."""
    return {
        f"{BASELINES.get(name, name)} ({tier})": part
        for name, tiers in baselines.items()
        for tier, part in list(tiers.items())[:1]
    }


def summary_table(columns: Mapping[str, Figures], titles: Mapping[str, str] = FIGURES) -> str:
    """Return one row for each figure that at least one column has."""
    head = ["", *(f"{name} (n = {part['n']})" for name, part in columns.items())]
    rows = [
        [titles[key], *(figure_cell(part.get(key)) for part in columns.values())]
        for key in present_figures(columns, titles)
    ]
    return markdown_table(head, rows)


def present_figures(
    columns: Mapping[str, Figures], titles: Mapping[str, str] = FIGURES
) -> list[str]:
    """Name the figures that at least one column has; older bundles lack the newer ones."""
    return [key for key in titles if any(part.get(key) for part in columns.values())]


def figure_cell(interval: Figures | None) -> str:
    if interval is None:
        return "–"
    return f"{interval['value']:.3f} ({interval['low']:.3f}–{interval['high']:.3f})"


def groups_table(columns: Mapping[str, Figures]) -> str:
    """One row for each group; each column is the share that is right when read at one half."""
    names = list(columns)
    cells: dict[tuple[str, str], dict[str, str]] = {}
    for name, part in columns.items():
        for row in part.get("groups", ()):
            right = f"{row['right_at_half']:.2f}, `ai` {row['called_ai']:.2f}"
            cells.setdefault((row["group"], row["label"]), {"n": str(row["n"])})[name] = right
    rows = [
        [group, label, found["n"], *(found.get(name, "–") for name in names)]
        for (group, label), found in cells.items()
    ]
    head = ["group", "label", "n", *(f"{name}: right at half, called `ai`" for name in names)]
    return markdown_table(head, rows)


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
