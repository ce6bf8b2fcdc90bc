"""Before anything is learned: what the data are, and what they give away."""

from dataclasses import replace
from pathlib import Path

from classifier.detector.bundle import read_bundle, shipped_bundle_path
from classifier.training.config import TrainingConfig
from classifier.training.data.prepare import Dataset, prepare, whole_embedder
from classifier.training.data.report import save_report, what_was_done
from classifier.training.data.summary import Crops
from classifier.training.data.twins import Embed
from classifier.training.hardware import is_first
from classifier.training.manifest import check, learnable_entries
from classifier.training.progress import Progress, silent


def prepared(
    manifest: Path, config: TrainingConfig, out: Path, progress: Progress = silent
) -> tuple[Dataset, TrainingConfig]:
    """Look at the data, write the report on them into ``out``, and even out what they give away.

    Returns the data and the config to train with. Raises ManifestError.
    """
    dataset = prepare(
        learnable_entries(manifest),
        care=config.data,
        crops=Crops(training=config.crop, serving=config.preprocessing.crop),
        how=config.degradation,
        embed=_embed(config.threads) if config.data.cropped_twins else None,
        threads=config.threads,
        progress=progress,
    )
    if is_first():
        save_report(dataset, out)
    progress(1.0, what_was_done(dataset.bias))
    check(dataset.entries)
    return dataset, replace(config, degradation=dataset.bias.degradation(config.degradation))


def _embed(threads: int) -> Embed:
    return whole_embedder(read_bundle(shipped_bundle_path()), threads=threads)
