"""From entries to a network: reading, learning, and the record of both."""

import json
import platform
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any

import torch

from classifier.registry import WandbSettings
from classifier.registry.runs import DatasetReference, Run, begin_run
from classifier.training.aligned import with_reconstructions
from classifier.training.compression import check_compression
from classifier.training.config import HARDWARE, TrainingConfig
from classifier.training.config_file import ConfigError
from classifier.training.dataset import Pictures, load_pictures
from classifier.training.drawing import training_batches
from classifier.training.energy import EnergyMeter
from classifier.training.fit import CHECKPOINT, fit
from classifier.training.hardware import is_first
from classifier.training.manifest import Entry
from classifier.training.network import BACKBONES, Network
from classifier.training.origins import dataset_digest, git_commit
from classifier.training.progress import Progress, silent
from classifier.training.record import NOTHING_KEPT, Record, Several
from classifier.training.record_folder import SETTINGS, FolderRecord
from classifier.training.record_wandb import WandbRecord
from classifier.training.validation import make_watch

RECORD = "record"
SAMPLES = 16


@contextmanager
def recording(
    out: Path, *, name: str, resume: bool, wandb: WandbSettings | None = None
) -> Iterator[Record]:
    """Keep a run's record in ``out/record`` and, where it is configured, on Weights & Biases.

    Of several processes that learn together only the first keeps one.
    """
    if not is_first():
        yield NOTHING_KEPT
        return
    record: Record = FolderRecord(out / RECORD)
    begin_run(out / RECORD, Run(name), resume=resume)
    if wandb is not None:
        record = Several(record, WandbRecord(wandb, out / RECORD))
    try:
        yield record
    except BaseException:
        record.close(finished=False)
        raise
    record.close(finished=True)


def learn(
    entries: Sequence[Entry],
    config: TrainingConfig,
    out: Path,
    *,
    resume: bool,
    progress: Progress,
    record: Record = NOTHING_KEPT,
) -> Network:
    """Fine-tune on the split ``train`` and watch ``val``; see :func:`fit`.

    Where several processes learn together the others end here: what comes after is done once.
    Raises ManifestError, ConfigError.
    """
    check_network(config)
    if resume:
        check_resumable(config, out)
    origin = origin_of(entries, config)
    record.settings(origin)
    record.dataset(reference_to(origin["dataset"]))
    pictures = read_pictures(entries, config, progress)
    if pictures.entries:
        record.images("augmented", *sample_crops(pictures, config))
    watch = make_watch(entries, config.preprocessing, config.validation) if config.epochs else None
    energy, started = EnergyMeter(), time.monotonic()
    energy.start()
    network = fit(
        pictures,
        config,
        out,
        resume=resume,
        progress=progress if is_first() else silent,
        watch=watch if is_first() else None,
        record=record,
    )
    record.summary(energy.stop() | {"seconds": round(time.monotonic() - started, 1)})
    if not is_first():
        raise SystemExit(0)
    return network


def read_pictures(
    entries: Sequence[Entry], config: TrainingConfig, progress: Progress = silent
) -> Pictures:
    """Decode what is learned from, with its reconstructions. Raises ManifestError."""
    learning = [entry for entry in entries if entry.split == "train"] if config.epochs else []
    progress(0.0, f"reading {len(learning)} pictures")
    pictures = load_pictures(learning, threads=config.threads)
    if not config.reconstructions or not learning:
        return pictures
    folder = Path(config.reconstructions)
    return with_reconstructions(pictures, folder, threads=config.threads)


def check_network(config: TrainingConfig) -> None:
    """Raise ConfigError where no network has that name."""
    if config.network not in BACKBONES:
        names = ", ".join(sorted(BACKBONES))
        raise ConfigError(f"`network` must be one of {names}, not {config.network!r}.")
    check_compression(config)


def check_resumable(config: TrainingConfig, out: Path) -> None:
    """Raise ConfigError where the run that is to go on began with other settings."""
    path = out / RECORD / SETTINGS
    if not (out / CHECKPOINT).is_file() or not path.is_file():
        return
    before = json.loads(path.read_text(encoding="utf-8"))["config"]
    now = json.loads(json.dumps(config.recipe()))
    changed = [key for key in now if now[key] != before.get(key)]
    if changed:
        raise ConfigError(
            f"This run began with other settings of {', '.join(changed)}. Resume it with the same "
            f"ones (only {', '.join(HARDWARE)} may change), or begin a new one elsewhere."
        )


def sample_crops(pictures: Pictures, config: TrainingConfig) -> tuple[list[Any], list[str]]:
    """Return the first crops that the network will see, and the label of each."""
    batches = training_batches(pictures, config, epoch=0)
    crops, targets = next(iter(islice(batches, 1)))
    captions = ["ai" if target else "human" for target in targets[:SAMPLES]]
    return list(crops[:SAMPLES]), captions


def reference_to(dataset: Mapping[str, Any]) -> DatasetReference:
    """Name the pictures by their digest: where they lie is this machine's own affair."""
    digest = dataset["digest"]
    pictures = {"pictures": dataset["pictures"]}
    return DatasetReference("aivh_pictures", digest, f"sha256:{digest}", metadata=pictures)


def origin_of(entries: Sequence[Entry], config: TrainingConfig) -> dict[str, Any]:
    """Return what decides about a run: settings, pictures, code and machine."""
    counts = Counter((entry.split, entry.label.value) for entry in entries)
    return {
        "config": config.to_dict(),
        "dataset": {
            "digest": dataset_digest(entries),
            "pictures": {f"{split} {label}": n for (split, label), n in sorted(counts.items())},
        },
        "git_commit": git_commit(),
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "lightning_fabric": version("lightning-fabric"),
        },
        "machine": f"{platform.machine()}, {torch.get_num_threads()} threads",
    }
