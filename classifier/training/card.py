"""The model card, written from the figures in bundle.json and from nothing else."""

from collections.abc import Mapping
from typing import Any

from classifier.training.left_out_words import left_out_text
from classifier.training.markdown import (
    Figures,
    baseline_columns,
    figures_table,
    groups_table,
    summary_table,
)
from classifier.vocabulary import Label

LARGE_ENOUGH = 20
# These have a place of their own on the card.
APART = frozenset({"left_out", "baselines"})


def model_card(manifest: Mapping[str, Any]) -> str:
    """Return Markdown. ``manifest`` is the content of bundle.json."""
    metrics = manifest["metrics"]
    parts = [
        f"# {manifest['name']}",
        _summary(manifest),
        _lineage(manifest["lineage"]),
        *(
            _section(name, figures, metrics.get("baselines", {}))
            for name, figures in metrics.items()
            if name not in APART
        ),
        _calibration(metrics.get("test", {})),
        left_out_text(metrics["left_out"]) if "left_out" in metrics else "",
        _limits(_weakest(metrics)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def with_evaluation(metrics: Figures, evaluation: Figures) -> dict[str, Any]:
    """Return a bundle's metrics in which an evaluation's figures stand for those of its test."""
    measured = {
        "test": evaluation["tiers"],
        "baselines": evaluation.get("baselines"),
        "left_out": evaluation.get("left_out"),
    }
    return {**metrics, **{name: part for name, part in measured.items() if part}}


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


def _section(name: str, figures: Figures, baselines: Figures) -> str:
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
    text = [title, str(figures.get("what", ""))]
    if name == "test":
        text += [_with_baselines(columns, baselines)]
    else:
        text += [figures_table(columns)]
    return "\n\n".join(part for part in text if part)


def _with_baselines(columns: Mapping[str, Figures], baselines: Figures) -> str:
    """The table of the tiers, with what can be had without a detector beside it."""
    beside = baseline_columns(baselines)
    if not beside:
        return figures_table(columns)
    text = [
        summary_table({**columns, **beside}),
        "By generator, or by origin of the human pictures:",
        groups_table(columns),
    ]
    return "\n\n".join(text)


def _gain(figures: Figures) -> str:
    return (
        f"Of {figures['n']} labels that were new to both, its parent got "
        f"{figures['champion']:.1%} right when read at one half; heads that learned like this one, "
        f"but had not seen the picture in question, got {figures['challenger']:.1%}. Both classes "
        "count alike."
    )


def _calibration(test: Figures) -> str:
    """Say in words whether the probability can be believed; nothing for older bundles."""
    lines = [
        _calibration_line(tier, part["ece"], part["ece_noise"])
        for tier, part in test.items()
        if isinstance(part, Mapping) and part.get("ece") and part.get("ece_noise")
    ]
    if not lines:
        return ""
    return (
        "## Whether the probability can be believed\n\n"
        "A perfectly calibrated detector would show some error too, because the pictures are few. "
        "Both classes weigh alike here.\n\n" + "\n".join(lines)
    )


def _calibration_line(tier: str, error: Figures, noise: Figures) -> str:
    said = "no more than chance gives" if error["value"] <= noise["high"] else "more than chance"
    return (
        f"- {tier}: off by {error['value']:.3f} on average, {said} "
        f"(a perfect one: {noise['low']:.3f}–{noise['high']:.3f})."
    )


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
