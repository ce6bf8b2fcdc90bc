"""Whole networks trained without some origins and generators, and measured on just these."""

import csv
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from classifier.detector.detector import Detector
from classifier.training.config import TrainingConfig
from classifier.training.figures import Judged
from classifier.training.folds import LEAST_GROUP, Group, groups_of, make_folds
from classifier.training.leave_out import MEASURED
from classifier.training.left_out import content
from classifier.training.manifest import Entry, ManifestError, learnable_entries
from classifier.training.metrics import GroupRow, group_rows
from classifier.training.origins import dataset_digest
from classifier.training.pipeline import train
from classifier.training.progress import Progress, part
from classifier.training.scoring import Scores, detector_scorer, score_pictures, scores_csv
from classifier.vocabulary import Label

BUNDLE, MANIFEST, ROWS, PLAN = "bundle", "manifest.csv", "rows.json", "plan.json"
SCORES = "scores.csv"
COLUMNS = ("path", "label", "source", "generator", "group", "split", "domain")
RETRAINED = (
    "The origins and generators were shared out to {count} folds. For each fold a network was "
    "trained and calibrated without its origins and generators, and measured on them: nothing of "
    "this detector had seen a picture of the group that it is measured on."
)


def leave_out_by_retraining(
    manifest: Path,
    out: Path,
    config: TrainingConfig,
    *,
    folds: int,
    progress: Progress,
    tiers: Sequence[str] = MEASURED,
    least: int = LEAST_GROUP,
) -> dict[str, Any]:
    """Train once for each fold, in ``out/fold-1`` and so on, and measure.

    A fold that is finished is not trained again, one that was interrupted goes on from its
    checkpoint. Each folder also keeps ``scores.csv``: what was said of every picture by a network
    that had seen nothing of its group. Returns what
    :func:`~classifier.training.leave_out.leave_out` does, with the folds. Raises ManifestError,
    ValueError where the groups do not suffice for so many folds.
    """
    entries = learnable_entries(manifest)
    shared = make_folds(groups_of(entries, least=least), folds)
    _check_plan(out / PLAN, entries, shared, config)
    rows: dict[str, list[GroupRow]] = {tier: [] for tier in tiers}
    for place, groups in enumerate(shared):
        step = part(progress, place / folds, (place + 1) / folds)
        folder = out / f"fold-{place + 1}"
        found = _fold(folder, entries, groups, config, tiers, step)
        for tier in tiers:
            rows[tier] += found[tier]
    report = content(RETRAINED.format(count=folds), rows, least)
    return {**report, "folds": [[group.name for group in groups] for groups in shared]}


def _fold(
    folder: Path,
    entries: Sequence[Entry],
    groups: Sequence[Group],
    config: TrainingConfig,
    tiers: Sequence[str],
    progress: Progress,
) -> Mapping[str, Sequence[GroupRow]]:
    """Train and measure one fold, or go on where it was left."""
    known = _known(folder / ROWS, tiers)
    if known is not None:
        progress(1.0, f"{folder.name} is there already")
        return known
    left_out = [entry for entry in entries if any(group.holds(entry) for group in groups)]
    hidden = set(left_out)
    learned = [entry for entry in entries if entry not in hidden]
    detector = _trained(folder, learned, config, part(progress, 0.0, 0.85))
    scores = score_pictures(
        {BUNDLE: detector_scorer(detector)},
        left_out,
        tiers,
        threads=config.threads,
        progress=part(progress, 0.85, 1.0),
    )
    (folder / SCORES).write_text(scores_csv(scores), encoding="utf-8")
    found = _rows(scores, groups)
    _write(folder / ROWS, {t: [asdict(row) for row in rows] for t, rows in found.items()})
    return found


def _trained(
    folder: Path, learned: Sequence[Entry], config: TrainingConfig, progress: Progress
) -> Detector:
    """Return the fold's detector; it is trained if there is none yet."""
    if not (folder / BUNDLE).exists():
        _write_manifest(learned, folder)
        train(folder / MANIFEST, folder, config, name=BUNDLE, resume=True, progress=progress)
    return Detector.load(folder / BUNDLE)


def _rows(scores: Scores, groups: Sequence[Group]) -> dict[str, list[GroupRow]]:
    labels = [entry.label for entry in scores.entries]
    names = [next(g.name for g in groups if g.holds(entry)) for entry in scores.entries]
    return {
        tier: list(group_rows(Judged.of(said.probabilities, labels, said.verdicts), names))
        for tier, said in scores.said[BUNDLE].items()
    }


def _write_manifest(entries: Sequence[Entry], folder: Path) -> None:
    """Write what is left to learn from, with paths that lead from the folder to the pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / MANIFEST).open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        for entry in entries:
            path = os.path.relpath(entry.path, folder)
            about = [entry.label, entry.source, entry.generator, entry.group, entry.split]
            table.writerow([path, *about, entry.domain])


def _check_plan(
    path: Path, entries: Sequence[Entry], folds: Sequence[Sequence[Group]], config: TrainingConfig
) -> None:
    """Write down what the folds are made of. Raises ManifestError where it was something else."""
    plan = {
        "pictures": dataset_digest(entries),
        "folds": [[group.name for group in groups] for groups in folds],
        "recipe": json.loads(json.dumps(config.recipe())),
    }
    if not path.is_file():
        _write(path, plan)
        return
    before = json.loads(path.read_text(encoding="utf-8"))
    if changed := [name for name in plan if plan[name] != before.get(name)]:
        raise ManifestError(
            f"{path.parent} holds folds of another run: its {' and '.join(changed)} differ. "
            "Choose an empty folder, or go on with what it began with."
        )


def _write(path: Path, content: object) -> None:
    """Write beside and rename: half a file would count as a finished one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".partial")
    beside.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    beside.replace(path)


def _known(path: Path, tiers: Sequence[str]) -> Mapping[str, Sequence[GroupRow]] | None:
    """Return a finished fold's rows; None where a tier is not measured yet."""
    if not path.is_file():
        return None
    kept = json.loads(path.read_text(encoding="utf-8"))
    if not set(tiers) <= set(kept):
        return None
    return {
        tier: [GroupRow(**{**row, "label": Label(row["label"])}) for row in kept[tier]]
        for tier in tiers
    }
