"""From a labelled manifest to a finished bundle, step by step."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from classifier.detector.bundle import BACKBONE, Bundle, sha256_of, write_bundle
from classifier.detector.decision import Head, Judge
from classifier.detector.replay import SPLITS, Replay
from classifier.registry import WandbSettings
from classifier.training.card import model_card
from classifier.training.config import TrainingConfig
from classifier.training.data.prepare import Dataset
from classifier.training.data.report import lineage
from classifier.training.embedding import tasks_for
from classifier.training.frozen import learn_wide, left_out_table, projection_for
from classifier.training.graph import Graph, make_graph, projected
from classifier.training.hardware import is_first
from classifier.training.judging import disagreements, fit_head, learn_judge
from classifier.training.learning import learn, recording
from classifier.training.manifest import held_back_entries
from classifier.training.metrics import measure
from classifier.training.network import Network, starting_weights
from classifier.training.origins import dataset_digest, git_commit
from classifier.training.preparation import prepared
from classifier.training.progress import Progress, part, silent
from classifier.training.strangers import Strangers, left_out_column, read_strangers
from classifier.training.stream import stream_figures
from classifier.training.tiers import CLEAN, SMALL, TIERS

PREPARING = 0.02  # of a whole training


def train(
    manifest: Path,
    out: Path,
    config: TrainingConfig | None = None,
    *,
    name: str = "bundle",
    resume: bool = False,
    progress: Progress = silent,
    wandb: WandbSettings | None = None,
    left_out: Path | None = None,
) -> Bundle:
    """Train on a manifest or a folder of class folders; the bundle lies in ``out/name``.

    ``left_out`` is a folder in which ``manage.py leave_out --retrain`` has trained its folds:
    calibration and thresholds then come from what these networks said of strangers.

    ``out`` also keeps the checkpoint from which ``resume`` goes on, and the run's record. Raises
    ManifestError where the data cannot be used, ConfigError where the settings cannot,
    FileExistsError where a finished bundle is there already.
    """
    config = config or TrainingConfig()
    if (out / name).exists():
        raise FileExistsError(f"There is a finished bundle in {out} already.")
    strangers = read_strangers(left_out) if left_out else None
    out.mkdir(parents=True, exist_ok=True)
    progress = progress if is_first() else silent
    dataset, config = prepared(manifest, config, out, part(progress, 0.0, PREPARING))
    with recording(out, name=name, resume=resume, wandb=wandb) as record:
        reported, entries = part(progress, PREPARING, 0.8), dataset.entries
        network = learn(entries, config, out, resume=resume, progress=reported, record=record)
        bundle = make_bundle(
            network, manifest, dataset, config, out / name, progress, strangers=strangers
        )
        record.summary(_what_came_of_it(bundle))
        record.model(bundle)
    return bundle


def make_bundle(
    network: Network,
    manifest: Path,
    dataset: Dataset,
    config: TrainingConfig,
    target: Path,
    progress: Progress,
    *,
    strangers: Strangers | None = None,
) -> Bundle:
    """Export, embed, fit the head, calibrate, measure; the bundle lies at ``target``."""
    progress(0.8, "exporting")
    backbone, tasks = target.parent / BACKBONE, tasks_for(dataset.entries)
    graph = make_graph(network, dataset.entries, tasks, config, backbone, part(progress, 0.8, 0.97))
    if strangers is not None:
        graph = graph.with_left_out(left_out_column(tasks, strangers))
    metrics: dict[str, Any] = {}
    if config.epochs:
        judge, replay = make_judge(graph)
    else:
        graph, judge, replay, metrics["left_out"] = make_frozen_judge(
            graph, network, config, backbone
        )
    metrics["test"] = {tier: held_out_figures(judge, replay, tier) for tier in TIERS}
    if stream := held_back_entries(manifest):
        metrics["stream"] = stream_figures(
            judge, graph.embedder, replay, stream, part(progress, 0.97, 1.0)
        )
    return write_bundle(
        target,
        backbone=backbone,
        judge=judge,
        preprocessing=config.preprocessing,
        replay=for_the_bundle(replay),
        metrics=metrics,
        lineage=_lineage(manifest, dataset, config, graph.made),
        card=model_card,
    )


def _what_came_of_it(bundle: Bundle) -> dict[str, Any]:
    """Return the bundle's digest and the plain figures of its test, for the run's record."""
    figures: dict[str, Any] = {"bundle_digest": bundle.digest}
    for tier, measured in bundle.metrics["test"].items():
        for name, figure in measured.items():
            if isinstance(figure, Mapping) and "value" in figure:
                figures[f"test_{tier}_{name}"] = figure["value"]
    return figures


def make_judge(graph: Graph) -> tuple[Judge, Replay]:
    """Return a head on the embeddings as serving sees them with all that it needs to judge.

    The network's own head learned from single crops; fitted once more to the mean over a
    picture's crops it is better (test AUROC 0.970 against 0.957 early in training). The replay
    set comes back with what was measured of its rows on the way.
    """
    replay = graph.embedded.replay
    head = fit_head(replay.part("train"), prior=graph.own_head)
    return _learned(head, graph)


def make_frozen_judge(
    graph: Graph, network: Network, config: TrainingConfig, path: Path
) -> tuple[Graph, Judge, Replay, dict[str, Any]]:
    """Do the same for a network that nothing here has trained, and measure it on strangers."""
    wide = learn_wide(graph.embedded.replay)
    table = left_out_table(wide, graph.embedded.replay, tuple(TIERS))
    head = wide.head()
    if width := config.compression.embedding:
        projection, head = projection_for(wide, graph.embedded.replay.part("train"), width)
        graph = projected(graph, projection, network, config, path)
    if not np.isfinite(graph.embedded.replay.left_out).any():
        graph = graph.with_left_out(wide.held_out_scores(graph.embedded.replay))
    judge, replay = _learned(head, graph)
    return graph, judge, replay, table


def _learned(head: Head, graph: Graph) -> tuple[Judge, Replay]:
    differ = disagreements(head, graph.embedded.views)
    return learn_judge(head, replace(graph.embedded.replay, disagreements=differ))


def held_out_figures(judge: Judge, replay: Replay, tier: str) -> dict[str, Any]:
    """Measure the ``test`` split in one tier, with a row for each generator and origin."""
    held_out = replay.part("test", tier=tier)
    said = judge.judge(held_out.embeddings, disagreements=held_out.disagreements)
    figures = measure(said.probabilities, held_out.labels, said.verdicts, held_out.generators)
    return figures.to_dict()


def for_the_bundle(replay: Replay) -> Replay:
    """Drop rows that say little more than others, so that a bundle stays small.

    Of what is learned from, a quarter of each degraded tier stays; of the held-out test only the
    pictures as they are: their other tiers are measured once.
    """
    keep, seen = [], Counter[tuple[str, str]]()
    for row, (split, tier) in enumerate(zip(replay.splits, replay.tiers, strict=True)):
        turn = seen[split, tier]
        seen[split, tier] += 1
        degraded = tier not in (CLEAN, SMALL)
        if split == "val" or not degraded or (split == "train" and turn % 4 == 0):
            keep.append(row)
    return replay.rows(keep)


def _lineage(
    manifest: Path, dataset: Dataset, config: TrainingConfig, made: Mapping[str, Any]
) -> dict[str, Any]:
    entries = dataset.entries
    return {
        "kind": "fine-tuned" if config.epochs else "frozen features",
        "network": config.network,
        "starts_from": starting_weights(config.network),
        "manifest_sha256": sha256_of(manifest) if manifest.is_file() else None,
        "dataset_digest": dataset_digest(entries),
        "dataset": lineage(dataset),
        "git_commit": git_commit(),
        "pictures": {split: sum(entry.split == split for entry in entries) for split in SPLITS},
        "generators": sorted({entry.generator for entry in entries}),
        "sources": sorted({entry.source for entry in entries}),
        "made": dict(made),
        "config": config.to_dict(),
    }
