"""An evaluation as one HTML page that needs no other file and no network."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from classifier.training.charts import histogram, reliability_plot, risk_coverage_plot, roc_plot
from classifier.training.left_out_words import every_group, summary, votes
from classifier.training.markdown import FIGURES, baseline_columns, figure_cell, present_figures
from classifier.training.report_style import STYLE
from classifier.vocabulary import Label, Reason

Content = Mapping[str, Any]
WHY = {
    Reason.TOO_SMALL: "too small",
    Reason.UNFAMILIAR: "unlike anything that was learned from",
    Reason.VIEWS_DISAGREE: "its parts do not agree",
    Reason.BETWEEN_THRESHOLDS: "the score lies between the two thresholds",
}
CALIBRATED = (
    "On the line, a probability means what it says. Upright lines: where 95 % of perfectly "
    "calibrated detectors would lie."
)
SUREST = (
    "What is wrong among the answers, if only the surest are given. The dot is where the verdicts "
    "stand."
)


def html_report(content: Content) -> str:
    """Return the page. ``content`` is what ``manage.py evaluate`` writes as JSON."""
    tiers = content["tiers"]
    parts = [
        f"<h1>{escape(content['name'])}</h1>",
        _introduction(content),
        "<h2>Figures</h2>",
        _figures(content),
        _reading(tiers),
        _silence(tiers),
        *(_tier_plots(tier, points) for tier, points in content["curves"].items()),
        "<h2>By generator, and by origin of the human pictures</h2>",
        _groups(tiers),
        _left_out(content.get("left_out")),
        _notes(content),
    ]
    return _page(content["name"], "\n".join(part for part in parts if part))


def _page(name: str, body: str) -> str:
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(name)}: how good it is</title><style>{STYLE}</style></head>"
        f"<body><main>\n{body}\n</main></body></html>\n"
    )


def _introduction(content: Content) -> str:
    first = next(iter(content["tiers"].values()))
    n, ai = first["n"], first["n_ai"]
    where = [f"split {content['split']}"] if content.get("split") else []
    where += [f"pool {content['pool']}"] if content.get("pool") else []
    return (
        f'<p class="lead">{_headline(first)}</p>'
        f"<p>Measured {escape(content['measured'])} on {n:,} pictures of "
        f"<code>{escape(content['manifest'])}</code>"
        f"{escape(' (' + ', '.join(where) + ')' if where else '')}: {ai:,} made by AI, "
        f"{n - ai:,} by people. Bundle <code>{escape(content['bundle'][:12])}</code>.</p>"
    )


def _headline(clean: Content) -> str:
    accused, right, answered = (
        clean.get(key) for key in ("false_accusation_rate", "answered_accuracy", "coverage")
    )
    if not (accused and right and answered):
        return "One class only, or no answer at all: the table says what can be said."
    return (
        f"It answers {answered['value']:.0%} of the pictures and is right in "
        f"{right['value']:.1%} of these answers; it calls {accused['value']:.1%} of the human "
        "pictures AI."
    )


def _figures(content: Content) -> str:
    """The tiers as columns, then each baseline on the clean pictures."""
    columns = {**content["tiers"], **baseline_columns(content["baselines"])}
    rows = [
        [FIGURES[key], *(figure_cell(part.get(key)) for part in columns.values())]
        for key in present_figures(columns)
    ]
    return _table(["", *columns], rows)


def _silence(tiers: Content) -> str:
    """Why there was no answer; nothing where there always was one."""
    reasons = dict.fromkeys(reason for part in tiers.values() for reason in part.get("silent", ()))
    if not reasons:
        return ""
    rows = [
        [
            WHY.get(reason, reason),
            *(f"{part['silent'].get(reason, 0):.1%}" for part in tiers.values()),
        ]
        for reason in reasons
    ]
    return "<h2>Why there was no answer</h2>" + _table(["of all pictures", *tiers], rows)


def _reading(tiers: Content) -> str:
    unit = next(iter(tiers.values())).get("unit", "picture")
    drawn = "groups of pictures that belong together" if unit == "group" else "single pictures"
    return (
        "<p>In brackets stand 95 % intervals: what 500 other draws of the same size would give. "
        f"They draw {drawn} anew, within each class. AP, log loss, Brier score and calibration "
        "error weigh both classes alike, because the probability is made for a pile in which both "
        "are equally frequent. The calibration error means something only where it is larger than "
        "that of a perfectly calibrated detector, which at so few pictures is not zero either. "
        "Balanced accuracy over origins and generators gives each group one vote; its interval "
        "draws groups.</p>"
    )


def _tier_plots(tier: str, points: Content) -> str:
    plots = [
        (
            "Reliability",
            reliability_plot(points),
            CALIBRATED,
        ),
        (
            "Risk and coverage",
            risk_coverage_plot(points),
            SUREST,
        ),
        ("ROC", roc_plot(points), "AI pictures found, against human pictures accused."),
        ("Scores", histogram(points), "Amber, right: AI pictures. Blue, left: human ones."),
    ]
    drawn = "".join(
        f"<figure><figcaption><b>{name}</b> {escape(words)}</figcaption>{plot}</figure>"
        for name, plot, words in plots
        if plot
    )
    return f'<h2>Plots: {escape(tier)}</h2><div class="plots">{drawn}</div>'


def _groups(tiers: Content) -> str:
    found: dict[tuple[str, str], dict[str, Content]] = {}
    for tier, part in tiers.items():
        for row in part["groups"]:
            found.setdefault((row["label"], row["group"]), {})[tier] = row
    head = ["", "", "n"] + [
        f"{tier}: {what}"
        for tier in tiers
        for what in ("right at half", "ai", "human", "no answer")
    ]
    rows = [
        [group, label, str(_n(by_tier)), *_group_cells(tiers, by_tier)]
        for (label, group), by_tier in sorted(found.items(), key=_ai_first)
    ]
    return _table(head, rows)


def _ai_first(item: tuple[tuple[str, str], Any]) -> tuple[bool, str]:
    (label, group), _ = item
    return label != Label.AI, group


def _n(by_tier: Mapping[str, Content]) -> int:
    return max(int(row["n"]) for row in by_tier.values())


def _group_cells(tiers: Iterable[str], by_tier: Mapping[str, Content]) -> list[str]:
    keys = ("right_at_half", "called_ai", "called_human", "uncertain")
    return [
        f"{by_tier[tier][key]:.0%}" if tier in by_tier else "–" for tier in tiers for key in keys
    ]


def _left_out(content: Content | None) -> str:
    """What ``manage.py leave_out`` measured, where it is given."""
    if not content:
        return ""
    head, rows = every_group(content)
    return (
        f"<h2>Left out of learning</h2><p>{escape(content['what'])}</p>"
        f"{_table(*summary(content))}<p>{escape(votes(content))}</p>"
        + _table([name.replace("`", "") for name in head], rows)
    )


def _notes(content: Content) -> str:
    notes = content.get("notes", ())
    return (
        "<h2>Notes</h2><ul>" + "".join(f"<li>{escape(note)}</li>" for note in notes) + "</ul>"
        if notes
        else ""
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table that scrolls by itself, so that a phone shows the page and not a strip of it."""
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    lines = "".join(
        f'<tr><th scope="row">{escape(first)}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in rest)
        + "</tr>"
        for first, *rest in rows
    )
    return (
        '<div class="scroll" tabindex="0"><table>'
        f"<thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table></div>"
    )
