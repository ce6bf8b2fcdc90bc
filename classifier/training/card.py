"""The model card, written from the figures in bundle.json and from nothing else."""

from collections.abc import Mapping
from typing import Any

from classifier.vocabulary import Label

Figures = Mapping[str, Any]

LARGE_ENOUGH = 20

FIGURES = {
    "auroc": "AUROC",
    "balanced_accuracy": "Balanced accuracy at one half",
    "false_accusation_rate": "Human pictures called AI",
    "recall": "AI pictures called AI",
    "coverage": "Pictures that got an answer",
    "answered_accuracy": "Answers that were right",
}


def model_card(manifest: Mapping[str, Any]) -> str:
    """Return Markdown. ``manifest`` is the content of bundle.json."""
    parts = [
        f"# {manifest['name']}",
        _summary(manifest),
        _lineage(manifest["lineage"]),
        *(_section(name, figures) for name, figures in manifest["metrics"].items()),
        _limits(_weakest(manifest["metrics"])),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _summary(manifest: Mapping[str, Any]) -> str:
    crops, thresholds = manifest["preprocessing"], manifest["thresholds"]
    return (
        "Says how likely it is that a machine made a picture. It answers `ai` from a probability "
        f"of {thresholds['ai']:.3f}, `human` up to {thresholds['human']:.3f}, and `uncertain` "
        "between the two.\n\n"
        "**A finding is a hint for a person, not proof.** Do not accuse anybody because of it.\n\n"
        f"It looks at up to {crops['max_crops']} crops of {crops['crop']} × {crops['crop']} pixels "
        "at the picture's own resolution. The probability is calibrated for a pile in which AI "
        "and human pictures are equally frequent; in yours they may not be.\n\n"
        f"Made {manifest['created']}."
    )


def _lineage(lineage: Figures) -> str:
    lines = [
        f"- {key.replace('_', ' ')}: {_plain(value)}"
        for key, value in lineage.items()
        if value is not None and key not in {"config", "network_lineage"}
    ]
    return "## Where it comes from\n\n" + "\n".join(lines)


def _plain(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {part}" for key, part in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _section(name: str, figures: Figures) -> str:
    title = f"## Measured: {name.replace('_', ' ')}"
    if "reasons" in figures:
        return title + "\n\n" + "\n".join(f"- {reason}" for reason in figures["reasons"])
    if "challenger" in figures:
        return f"{title}\n\n{_gain(figures)}"
    tiers = {tier: part for tier, part in figures.items() if isinstance(part, Mapping)}
    columns = {tier: part for tier, part in tiers.items() if "auroc" in part}
    if not columns:
        columns = {"figure": figures} if "auroc" in figures else {}
    if not columns:
        return ""
    text = [title, str(figures.get("what", "")), figures_table(columns)]
    return "\n\n".join(part for part in text if part)


def _gain(figures: Figures) -> str:
    return (
        f"Of {figures['n']} labels that were new to both, its parent got "
        f"{figures['champion']:.1%} right when read at one half; heads that learned like this one, "
        f"but had not seen the picture in question, got {figures['challenger']:.1%}. Both classes "
        "count alike."
    )


def figures_table(columns: Mapping[str, Figures]) -> str:
    """Return Markdown: one column for each of the named figures, then a row for each group."""
    text = [_table(columns)]
    if any(part.get("groups") for part in columns.values()):
        text += ["By generator, or by origin of the human pictures:", _groups(columns)]
    return "\n\n".join(text)


def _table(columns: Mapping[str, Figures]) -> str:
    head = ["", *(f"{name} (n = {part['n']})" for name, part in columns.items())]
    rows = [
        [title, *(_figure(part.get(key)) for part in columns.values())]
        for key, title in FIGURES.items()
    ]
    return _markdown(head, rows)


def _figure(interval: Figures | None) -> str:
    if interval is None:
        return "–"
    return f"{interval['value']:.3f} ({interval['low']:.3f}–{interval['high']:.3f})"


def _groups(columns: Mapping[str, Figures]) -> str:
    """One row for each group; each column is the share that is right when read at one half."""
    names = list(columns)
    cells: dict[tuple[str, str], dict[str, str]] = {}
    for name, part in columns.items():
        for row in part["groups"]:
            right = f"{row['right_at_half']:.2f}, `ai` {row['called_ai']:.2f}"
            cells.setdefault((row["group"], row["label"]), {"n": str(row["n"])})[name] = right
    rows = [
        [group, label, found["n"], *(found.get(name, "–") for name in names)]
        for (group, label), found in cells.items()
    ]
    head = ["group", "label", "n", *(f"{name}: right at half, called `ai`" for name in names)]
    return _markdown(head, rows)


def _markdown(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _weakest(metrics: Figures) -> str:
    """Return the line on the human origin that fares worst, of those that are large enough."""
    rows = metrics.get("test", {}).get("clean", {}).get("groups", ())
    human = [row for row in rows if row["label"] == Label.HUMAN and row["n"] >= LARGE_ENOUGH]
    worst = max(human, key=lambda row: row["called_ai"], default=None)
    if worst is None or not worst["called_ai"]:
        return ""
    return (
        f"- Human pictures of the origin `{worst['group']}` fare worst: {worst['called_ai']:.0%} "
        f"of {worst['n']} are called `ai`. Let a person look before anything follows from it.\n"
    )


def _limits(weakest: str) -> str:
    return (
        "## Limits\n\n"
        f"{weakest}"
        "- Generators and kinds of pictures that are not named above are unknown to it; expect "
        "it to do worse on them than the figures say, new generators above all.\n"
        "- It learned from a few thousand pictures with a long edge of about 512 pixels. Content "
        "still gives something away in them (whole galleries of one kind), so part of what it "
        "knows is taste and not traces. It reads larger pictures at their own resolution, of "
        "which it has seen little.\n"
        "- Heavy compression, screenshots, filters and edits hide traces. A picture may be part "
        "human and part machine; it knows two classes only.\n"
        "- An `uncertain` is an answer. Show it as one, and let people look."
    )
