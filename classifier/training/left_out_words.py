"""The tables of what was left out of learning, in Markdown."""

from collections.abc import Iterable, Mapping, Sequence

from classifier.training.markdown import Figures, figure_cell, markdown_table
from classifier.vocabulary import Label

TITLES = {
    "macro_balanced_accuracy": "Balanced accuracy at one half, over origins and generators",
    "specificity": "Human pictures right at one half, mean over origins",
    "recall": "AI pictures right at one half, mean over generators",
    "accused": "Human pictures called AI, mean over origins",
    "found": "AI pictures called AI, mean over generators",
    "origins_answered": "Pictures of left-out origins that got an answer",
    "origins_right": "Answers on left-out origins that were right",
    "answered": "Pictures of all left-out groups that got an answer",
    "answered_right": "Answers on all left-out groups that were right",
}
VOTES = (
    "Each group of at least {least} pictures has one vote. In brackets: 95 % intervals, which draw "
    "groups and then pictures."
)


Table = tuple[Sequence[str], Sequence[Sequence[str]]]


def left_out_text(content: Figures) -> str:
    """Return Markdown of ``{"what": words, "tiers": {tier: LeftOut.to_dict()}}``."""
    parts = [
        "## Measured: left out of learning",
        content["what"],
        markdown_table(*summary(content)),
        votes(content),
        markdown_table(*every_group(content)),
    ]
    return "\n\n".join(parts)


def summary(content: Figures) -> Table:
    """Return head and rows of the figures over all groups."""
    tiers: Mapping[str, Figures] = content["tiers"]
    head = ["", *(f"{name} (n = {part['n']})" for name, part in tiers.items())]
    rows = [
        [title, *(figure_cell(part.get(key)) for part in tiers.values())]
        for key, title in TITLES.items()
    ]
    return head, [*rows, ["Worst origin: called AI", *(_worst(p["worst"]) for p in tiers.values())]]


def votes(content: Figures) -> str:
    """Say whose vote counts, and what the intervals are."""
    return VOTES.format(least=min(part["least"] for part in content["tiers"].values()))


def every_group(content: Figures) -> Table:
    """Return head and rows of each group that was left out, human origins first."""
    tiers: Mapping[str, Figures] = content["tiers"]
    found: dict[tuple[str, str], dict[str, Figures]] = {}
    for tier, part in tiers.items():
        for row in part["groups"]:
            found.setdefault((row["label"], row["group"]), {})[tier] = row
    head = ["left out", "label", "n"]
    for tier in tiers:
        head += [f"{tier}: right at half", "`ai`", "`human`", "no answer"]
    return head, [
        _group(*key, tiers, by_tier) for key, by_tier in sorted(found.items(), key=_order)
    ]


def _order(item: tuple[tuple[str, str], object]) -> tuple[bool, str]:
    (label, group), _ = item
    return label == Label.AI, group


def _group(
    label: str, group: str, tiers: Iterable[str], by_tier: Mapping[str, Figures]
) -> list[str]:
    keys = ("right_at_half", "called_ai", "called_human", "uncertain")
    cells = [
        f"{by_tier[tier][key]:.1%}" if tier in by_tier else "–" for tier in tiers for key in keys
    ]
    return [group, label, str(max(row["n"] for row in by_tier.values())), *cells]


def _worst(row: Figures | None) -> str:
    return f"{row['called_ai']:.1%} of {row['n']} ({row['group']})" if row else "–"
