"""A network that learns on from what people settled, and the bundle that comes of it."""

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from classifier.detector.bundle import BACKBONE, Bundle, read_bundle, write_bundle
from classifier.detector.decision import Judge
from classifier.errors import AivhError
from classifier.training.anchored import Anchored
from classifier.training.card import model_card
from classifier.training.config import TrainingConfig
from classifier.training.dataset import load_pictures
from classifier.training.drift import Drift, measure_drift
from classifier.training.export import export_backbone
from classifier.training.fit import Beginning, fit
from classifier.training.gate import Compared, GateDecision, decide, file_rows
from classifier.training.held_out import HeldOut, gather
from classifier.training.network import Network
from classifier.training.progress import Progress, part, silent
from classifier.training.read_back import backbone_of, config_of, lineage_of_network
from classifier.training.recipe import Recipe
from classifier.training.record_folder import FolderRecord, read_metrics
from classifier.training.refit import RefitResult
from classifier.training.relearn import relearn
from classifier.training.seen_anew import Eyes, SeenTwice, Settled
from classifier.vocabulary import Label

# So many of each class must be settled to learn from; with fewer a new head does as much.
LEAST_TO_LEARN = 30
# So many of each class must be held out: both networks have to have seen what is compared.
LEAST_TO_MEASURE = 20
# Above this the replay set no longer fits the network, in deviations of an embedding's numbers.
MOST_UNEXPLAINED = 0.5
DRAFT = "draft"


class FineTuningRefused(AivhError):
    """The network must not learn on from these pictures; the message says why."""

    code = "fine_tuning_refused"


@dataclass(frozen=True)
class Ancestors:
    """The bundle in use (``champion``), and the one whose network learns on (``root``).

    The root is the champion's first ancestor: the one whose network really saw its replay set.
    Each fine-tuning starts from it, so that small losses do not add up.
    """

    champion: Bundle
    root: Bundle

    @classmethod
    def read(cls, champion: Path, root: Path) -> "Ancestors":
        """Raises BundleCorrupt, BundleIncompatible."""
        return cls(read_bundle(champion), read_bundle(root))


@dataclass(frozen=True)
class Child:
    """A network that has learned on from ``root``'s: its graph, its judge, and how it came about.

    ``seen`` are the held-out pictures by the name of their set, as both networks see them.
    """

    root: Bundle
    graph: Path
    judge: Judge
    drift: Drift
    seen: Mapping[str, SeenTwice]
    made: Mapping[str, Any]


def finetune(
    *,
    ancestors: Ancestors,
    train: Settled,
    held_out: Mapping[str, Settled],
    out: Path,
    work: Path,
    lineage: Mapping[str, Any],
    recipe: Recipe | None = None,
    progress: Progress = silent,
) -> RefitResult:
    """Let the root's network learn from ``train`` and write a bundle at ``out``.

    The replay set is brought to where the new network would see it, and the head is learned as in
    a refit. Champion and challenger are compared on ``held_out``, by the name of their set, which
    both networks have seen, and on the replay set's held-out part.

    ``work`` keeps a checkpoint after each epoch, from which the same call goes on. Raises
    FineTuningRefused; WeightsMissingError and ConfigError for a network that cannot learn on;
    ManifestError for a picture that cannot be read; RefitFailed, FileExistsError.
    """
    check_enough(train, held_out.values())
    old, root = ancestors.champion, ancestors.root
    work.mkdir(parents=True, exist_ok=True)
    network = learn_on(root, train, recipe or Recipe(), work, part(progress, 0.0, 0.7))
    child = _child(network, ancestors, train, held_out, work, part(progress, 0.7, 0.95))
    progress(0.95, "comparing with the version in use")
    said = _lineage(old, child, train) | {"recipe": asdict(recipe or Recipe()), **lineage}
    write = partial(_write, child, lineage=said)
    before, after = _sides(old, held_out, child)
    decision = _decision(old, before, after, child, write(work / DRAFT, metrics={}))
    measured = after[0].metrics(child.judge, root.preprocessing)
    metrics = {"gold": measured.to_dict(), "gate": decision.to_dict()}
    bundle = write(out, metrics=metrics)
    progress(1.0, "done")
    compared = before[0].metrics(old.judge(), old.preprocessing)
    return RefitResult(bundle, compared, measured, decision, None, read_metrics(work))


def check_enough(train: Settled, held_out: Iterable[Settled]) -> None:
    """Raise FineTuningRefused, with the figures, where too few pictures are settled."""
    measured = [label for one in held_out for label in one.examples.labels]
    for labels, least, purpose in (
        (train.examples.labels, LEAST_TO_LEARN, "to learn from"),
        (measured, LEAST_TO_MEASURE, "held out to measure with"),
    ):
        counts = Counter(labels)
        if min(counts[label] for label in Label) < least:
            raise FineTuningRefused(
                f"Fine-tuning needs {least} settled pictures of each class {purpose}; there are "
                f"{counts[Label.AI]} AI and {counts[Label.HUMAN]} human ones. A refit can be done."
            )


def learn_on(
    root: Bundle, train: Settled, recipe: Recipe, work: Path, progress: Progress
) -> Network:
    """The network of ``root`` after it has learned from ``train``. Goes on where it stopped."""
    entries = train.some_entries(recipe.most_pictures)
    config = recipe.config(config_of(root), len(entries))
    progress(0.0, f"reading {len(entries)} pictures")
    pictures = load_pictures(entries, threads=config.threads)
    parent, head = backbone_of(root), root.head()
    rows = root.replay().embeddings.astype(np.float32)
    spread = torch.from_numpy(rows.std(axis=0) + 1e-6)

    def start(_: TrainingConfig) -> Network:
        return Anchored(backbone_of(root), parent, head, spread=spread, pull=recipe.pull)

    beginning = Beginning(start, each_batch=_Clock(progress))
    return fit(
        pictures,
        config,
        work,
        resume=True,
        progress=silent,
        record=FolderRecord(work),
        beginning=beginning,
    )


class _Clock:
    """Adds to each word how long it will take, by what was done since the first one."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._first: tuple[float, float] | None = None

    def __call__(self, share: float, words: str) -> None:
        now = time.monotonic()
        started, begun = self._first = self._first or (now, share)
        left = ""
        if share > begun:
            minutes = (now - started) / (share - begun) * (1 - share) / 60
            left = f", about {minutes:.0f} min left"
        self._progress(share, f"the network learns, {words}{left}")


def _child(
    network: Network,
    ancestors: Ancestors,
    train: Settled,
    held_out: Mapping[str, Settled],
    work: Path,
    progress: Progress,
) -> Child:
    """Export, look at every picture anew, and fit a judge."""
    root, graph = ancestors.root, work / BACKBONE
    progress(0.0, "exporting the network")
    weights = config_of(root).compression.weights
    made = export_backbone(network.backbone, graph, crop=root.preprocessing.crop, weights=weights)
    eyes = Eyes(root, graph, known=ancestors.champion.backbone_digest == root.backbone_digest)
    learned = eyes.look(train, part(progress, 0.1, 0.5))
    seen = {name: eyes.look(one, part(progress, 0.5, 0.9)) for name, one in held_out.items()}
    drift = _drift([learned, *seen.values()])
    progress(0.9, "learning a new head")
    judge = relearn(root.judge(), drift.replay(root.replay()), learned.child).judge
    return Child(root, graph, judge, drift, seen, made)


def _drift(seen: Sequence[SeenTwice]) -> Drift:
    """How the network has moved. Raises FineTuningRefused where old embeddings are lost by it."""
    drift = measure_drift(
        np.concatenate([one.parent for one in seen]),
        np.concatenate([one.child.embeddings for one in seen]),
    )
    if not drift.unexplained <= MOST_UNEXPLAINED:  # NaN is not within it either
        raise FineTuningRefused(
            f"The network has moved by {drift.unexplained:.2f} deviations in a way that cannot be "
            f"made up for (at most {MOST_UNEXPLAINED}), so it would have forgotten what it knew."
        )
    return drift


def _sides(
    old: Bundle, held_out: Mapping[str, Settled], child: Child
) -> tuple[list[HeldOut], list[HeldOut]]:
    """The same pictures, set by set, as the champion sees them and as the challenger does."""
    before = gather(old.replay(), {name: one.examples for name, one in held_out.items()})
    replay = child.drift.doubtful_replay(child.root.replay())
    return before, gather(replay, {name: one.child for name, one in child.seen.items()})


def _decision(
    old: Bundle,
    before: Sequence[HeldOut],
    after: Sequence[HeldOut],
    child: Child,
    draft: Bundle,
) -> GateDecision:
    """Let the gate compare what each of both says of what it sees itself."""
    sets: list[Compared] = []
    for theirs, ours in zip(before, after, strict=True):
        champion = theirs.compared(old.judge(), old.judge(), old.preprocessing)
        challenger = ours.compared(child.judge, child.judge, child.root.preprocessing)
        sets.append(replace(champion, challenger=challenger.challenger))
    return decide(sets, file_rows(old, draft))


def _lineage(old: Bundle, child: Child, train: Settled) -> dict[str, Any]:
    drift = {"moved": child.drift.moved, "unexplained": child.drift.unexplained}
    return {
        "kind": "fine-tune",
        "parent": old.digest,
        "parent_name": old.name,
        "trunk": child.root.digest,
        "new_labels": len(train.files),
        "made": {**child.made, "drift": {name: round(value, 4) for name, value in drift.items()}},
        "network_lineage": lineage_of_network(child.root),
    }


def _write(
    child: Child, path: Path, *, metrics: Mapping[str, Any], lineage: Mapping[str, Any]
) -> Bundle:
    return write_bundle(
        path,
        backbone=child.graph,
        judge=child.judge,
        preprocessing=child.root.preprocessing,
        replay=child.drift.replay(child.root.replay()),
        metrics=metrics,
        lineage=lineage,
        card=model_card,
    )
