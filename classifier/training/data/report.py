"""The report on a data set: Markdown for people, plain values for programs."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from classifier.training.data.bias import Bias, telling
from classifier.training.data.prepare import Dataset
from classifier.training.data.probe import ALLOWED, Probe
from classifier.training.data.summary import Shares, Summary
from classifier.vocabulary import Label

JSON_NAME, MARKDOWN_NAME = "dataset.json", "dataset.md"
NAMED_FILES = 20  # left-out files that are named; the JSON names all


def save_report(dataset: Dataset, folder: Path) -> None:
    """Write ``dataset.json`` and ``dataset.md`` into an existing folder."""
    content = json.dumps(to_dict(dataset), indent=1, ensure_ascii=False)
    (folder / JSON_NAME).write_text(content + "\n", encoding="utf-8")
    (folder / MARKDOWN_NAME).write_text(to_markdown(dataset), encoding="utf-8")


def to_dict(dataset: Dataset) -> dict[str, Any]:
    """Return everything that was found, as plain values."""
    bias, apart = dataset.bias, dataset.apart
    return {
        "digest": dataset.digest,
        "pictures": dataset.counts(),
        "left_out": [
            {"path": str(out.entry.path), "code": out.code, "why": out.why}
            for out in dataset.left_out
        ],
        "twins": {
            "pairs": dict(apart.pairs),
            "families": apart.families,
            "crossing_splits": apart.crossing,
            "opposite_labels": apart.opposite,
            "dropped": [str(look.entry.path) for look in apart.dropped],
        },
        "bias": {
            "tells": bias.tells,
            "on_bias": bias.on_bias,
            "what_was_done": what_was_done(bias),
            "crops": asdict(bias.crops),
            "probe": _probe_dict(bias.found),
            "probe_after": _probe_dict(bias.after),
            "classes": [asdict(summary) for summary in bias.classes],
            "origins": [asdict(summary) for summary in bias.origins],
        },
    }


def lineage(dataset: Dataset) -> dict[str, Any]:
    """Return the few lines that a bundle keeps of the report, for its model card."""
    bias, apart = dataset.bias, dataset.apart
    return {
        "sha256": dataset.digest,
        "pictures left out as unreadable": len(dataset.left_out),
        "copies dropped": len(apart.dropped),
        "label guessed from the files alone": _share_of(bias.found),
        "the same from the training crops": _share_of(bias.after),
        "what was done": what_was_done(bias),
    }


def what_was_done(bias: Bias) -> str:
    """Say in a sentence or two what the probe found and what followed from it."""
    if bias.found is None:
        return "Too few pictures to tell whether the files give the label away."
    right = f"{bias.found.balanced_accuracy.value:.0%}"
    if not bias.tells:
        return f"The files give little away: {right} of the guesses are right."
    told = f"The files give the label away ({right}, by {', '.join(telling(bias.found))})."
    if bias.on_bias == "ignore":
        return f"{told} WARNING: this was ignored, as asked. Do not trust figures from these data."
    crops = f"The network sees random square crops of {bias.crops.training} pixels instead"
    if bias.needs_one_container:
        crops += ", each compressed once more, both classes alike"
    return f"{told} {crops}: {_share_of(bias.after)} of the guesses are right from those."


def to_markdown(dataset: Dataset) -> str:
    """Return the report for people."""
    parts = [
        "# What is in the data",
        _pictures(dataset),
        _twins(dataset),
        "## Can the label be guessed without looking?",
        what_was_done(dataset.bias),
        _probes(dataset.bias),
        _mirrored(dataset.bias),
        "## The files of each class",
        _table(dataset.bias.classes),
        "## The files of each generator and origin",
        _table(dataset.bias.origins),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _pictures(dataset: Dataset) -> str:
    rows = [
        [split, *(str(counts.get(label, 0)) for label in Label)]
        for split, counts in dataset.counts().items()
    ]
    text = _markdown(["split", *Label], rows)
    if dataset.left_out:
        codes = Counter(out.code for out in dataset.left_out)
        text += f"\n\n{len(dataset.left_out)} files were left out ({_counted(codes)}):\n\n"
        text += "\n".join(f"- {o.entry.path}: {o.why}" for o in dataset.left_out[:NAMED_FILES])
    return text


def _twins(dataset: Dataset) -> str:
    apart = dataset.apart
    if not apart.pairs:
        return "No two pictures are the same or nearly the same."
    text = (
        f"{apart.pairs.total()} pairs of pictures are the same or nearly the same "
        f"({_counted(apart.pairs)}), in {apart.families} families. {apart.crossing} of the pairs "
        f"stood in two splits. Each family is in one split now; {len(apart.dropped)} copies were "
        "dropped for that or because they were there twice."
    )
    if apart.opposite:
        text += (
            f" In {apart.opposite} pairs the labels differ: reconstructions, or a wrong label. "
            "Have a look at them."
        )
    return text


def _probes(bias: Bias) -> str:
    probes = {"files": bias.found, "training crops": bias.after}
    known = {name: found for name, found in probes.items() if found is not None}
    if not known:
        return ""
    families = next(iter(known.values())).alone
    rows = [
        ["pictures", *(str(found.n) for found in known.values())],
        ["**header**", *(f"**{_figure(found)}**" for found in known.values())],
        *(
            [f"{name} alone", *(f"{p.alone[name]:.3f}" for p in known.values())]
            for name in families
        ),
    ]
    return (
        "Balanced accuracy of a small classifier that sees no pixel, on groups of pictures that it "
        "has not learned from. 0.5 is a coin.\n\n"
        + _markdown(["what it sees", *known], rows)
        + "\n\n`detail` is bytes per pixel and no part of the header: between files of one quality "
        "it says how much there is to see in a picture, which no step can even out."
    )


def _mirrored(bias: Bias) -> str:
    if not any(summary.mirrored_serving or summary.mirrored for summary in bias.classes):
        return ""
    learning = ", ".join(f"{summary.mirrored:.1%} of {summary.name}" for summary in bias.classes)
    serving = ", ".join(f"{s.mirrored_serving:.1%} of {s.name}" for s in bias.classes)
    return (
        f"Smaller than a training crop of {bias.crops.training} pixels: {learning}. Smaller than "
        f"a crop of {bias.crops.serving} pixels, as in serving: {serving}. What such a picture "
        "lacks is mirrored, and the network can see that. Where the shares differ, it is a hint "
        "that neither cropping nor compressing takes away."
    )


def _table(summaries: Iterable[Summary]) -> str:
    head = [
        "", "label", "n", "container", "most common size", "short edge", "square", "quality",
        "colours", "metadata", "bytes per pixel", "mirrored",
    ]  # fmt: skip
    return _markdown(head, [_row(summary) for summary in summaries])


def _row(summary: Summary) -> list[str]:
    return [
        summary.name,
        summary.label,
        str(summary.n),
        _shares(summary.containers),
        f"{summary.common_size} ({summary.common_size_share:.0%})",
        "{:.0f} / {:.0f} / {:.0f}".format(*summary.short_edge),
        f"{summary.square:.0%}",
        "{:.0f} / {:.0f} / {:.0f}".format(*summary.quality) if summary.quality else "–",
        _shares(summary.subsampling),
        _shares(summary.metadata) or "–",
        "{:.2f} / {:.2f} / {:.2f}".format(*summary.bytes_per_pixel),
        f"{summary.mirrored:.0%} / {summary.mirrored_serving:.0%}",
    ]


def _probe_dict(found: Probe | None) -> dict[str, Any] | None:
    return None if found is None else {**found.to_dict(), "tells": found.tells, "limit": ALLOWED}


def _figure(found: Probe) -> str:
    figure = found.balanced_accuracy
    return f"{figure.value:.3f} ({figure.low:.3f}–{figure.high:.3f})"


def _share_of(found: Probe | None) -> str | None:
    return None if found is None else f"{found.balanced_accuracy.value:.0%}"


def _shares(shares: Shares) -> str:
    return ", ".join(f"{name} {share:.0%}" for name, share in shares.items())


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
