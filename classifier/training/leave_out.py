"""How a head does on origins and generators that it did not learn from."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from classifier.detector.bundle import Bundle, sha256_of
from classifier.detector.decision import Judge
from classifier.detector.preprocessing import LEAST_SIDE
from classifier.detector.replay import Replay
from classifier.training.embedding import tasks_for
from classifier.training.figures import Judged
from classifier.training.folds import LEAST_GROUP, Group, groups_of
from classifier.training.judging import fit_head, learn_judge
from classifier.training.left_out import content
from classifier.training.manifest import Entry, ManifestError
from classifier.training.metrics import GroupRow, group_rows
from classifier.training.progress import Progress
from classifier.training.stored import Stored
from classifier.training.tiers import CLEAN, EVERY_TIER, HARD

MEASURED = (CLEAN, HARD)
HEAD_ONLY = (
    "Each human origin and each generator was left out in turn of what the head learned from and "
    "was calibrated with. The network below it had seen all of them, so this measures how the head "
    "carries over to something new, and flatters the whole detector."
)


def leave_out(
    stored: Stored,
    progress: Progress,
    *,
    tiers: Sequence[str] = MEASURED,
    least: int = LEAST_GROUP,
) -> dict[str, Any]:
    """Refit the head without each group in turn and measure it on that group, all splits of it.

    ``stored`` must hold the :func:`needed_tiers`. Returns ``{"what": words, "tiers": {tier:
    figures}}``. Raises ManifestError.
    """
    groups = groups_of(stored.entries, least=least)
    replay = _replay(stored)
    rows: dict[str, list[GroupRow]] = {tier: [] for tier in tiers}
    for place, group in enumerate(groups):
        progress(place / len(groups), f"leaving out {group.name} ({group.n} pictures)")
        judge = learn_without(replay, group)
        for tier, row in measure_group(judge, stored, group, tiers).items():
            rows[tier].append(row)
    progress(1.0, f"left out {len(groups)} groups in turn")
    return content(HEAD_ONLY, rows, least)


def measured_when_made(bundle: Bundle, manifest: Path, tiers: Sequence[str]) -> dict[str, Any]:
    """Return the table that a bundle brings whose head learned from more numbers than it keeps.

    Raises ManifestError where it was made from another manifest or lacks a tier.
    """
    table = bundle.metrics["left_out"]
    if not manifest.is_file() or sha256_of(manifest) != bundle.lineage["manifest_sha256"]:
        raise ManifestError(
            "This detector's left-out groups were measured when it was made, from another manifest."
            " Make one from yours with `manage.py train`: its table comes with it."
        )
    if missing := sorted(set(tiers) - set(table["tiers"])):
        raise ManifestError(f"This detector was not measured in: {', '.join(missing)}.")
    return {**table, "tiers": {tier: table["tiers"][tier] for tier in tiers}}


def needed_tiers(entries: Sequence[Entry], measured: Sequence[str] = MEASURED) -> tuple[str, ...]:
    """Name the tiers in which a head learns, is calibrated, or is measured."""
    needed = {task.tier for task in tasks_for(entries)} | set(measured)
    return tuple(tier for tier in EVERY_TIER if tier in needed)


def _replay(stored: Stored) -> Replay:
    """What the head learns from and is calibrated with, as when a bundle is made."""
    tasks = [task for task in tasks_for(stored.entries) if task.entry.split != "test"]
    place = {id(entry): row for row, entry in enumerate(stored.entries)}
    tier_at = {tier: index for index, tier in enumerate(stored.tiers)}
    rows = [place[id(task.entry)] for task in tasks]
    columns = [tier_at[task.tier] for task in tasks]
    return Replay(
        stored.embeddings[rows, columns],
        [task.entry.label for task in tasks],
        [task.entry.split for task in tasks],
        [task.entry.generator for task in tasks],
        [task.tier for task in tasks],
        disagreements=stored.disagreements[rows, columns],
    )


def learn_without(replay: Replay, group: Group) -> Judge:
    """Learn a judge from all rows but the group's, as one is made for a bundle.

    The head that the network was trained with has no say: it learned from everything.
    """
    kept = [
        row
        for row in range(len(replay))
        if replay.labels[row] is not group.label or replay.generators[row] not in group.members
    ]
    known = replay.rows(kept)
    judge, _ = learn_judge(fit_head(known.part("train")), known)
    return judge


def measure_group(
    judge: Judge, stored: Stored, group: Group, tiers: Sequence[str]
) -> dict[str, GroupRow]:
    """Return the group's row in each tier."""
    chosen = [row for row, entry in enumerate(stored.entries) if group.holds(entry)]
    labels = [stored.entries[row].label for row in chosen]
    found = {}
    for tier in tiers:
        column = stored.column(tier)
        said = judge.judge(
            stored.embeddings[chosen, column],
            disagreements=stored.disagreements[chosen, column],
            too_small=stored.short_sides[chosen, column] < LEAST_SIDE,
        )
        judged = Judged.of(said.probabilities, labels, said.verdicts)
        (found[tier],) = group_rows(judged, [group.name] * len(chosen))
    return found
