"""What a retraining leaves behind in the registry: its bundle, and a record of the run."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from django.conf import settings
from django.core.files.storage import default_storage
from PIL import Image as PillowImage

from classifier.detector.decoding import Pixels, decode
from classifier.errors import AivhError
from classifier.registry.runs import DatasetReference, Run, begin_run
from classifier.serving import registry, wandb_settings
from classifier.training.metrics import Interval, Metrics
from classifier.training.record_folder import FolderRecord
from classifier.training.refit import RefitResult
from classifier.vocabulary import Label
from labelling.originals import read_original
from worker.models import DatasetSnapshot, SnapshotItem, TrainingRun

log = logging.getLogger(__name__)

# No sample picture leaves the site larger than this, in pixels of its longer side.
LARGEST_SIDE = 256


def put_with_record(run: TrainingRun, result: RefitResult) -> str:
    """Put the bundle into the registry as a candidate, with what there is to tell of the run.

    Nothing here waits for Weights & Biases, which gets both when it answers. A record that cannot
    be written is not worth a training: the bundle then goes alone.
    Raises RegistryUnavailable, BundleCorrupt.
    """
    with TemporaryDirectory(prefix="aivh-record-") as name:
        folder = Path(name) / "run"
        try:
            write_record(run, result, folder)
        except Exception:
            log.exception("%s goes into the registry without its record.", run)
            return registry().put(result.bundle.path, aliases=("candidate",))
        return registry().put(result.bundle.path, aliases=("candidate",), run=folder)


def write_record(run: TrainingRun, result: RefitResult, folder: Path) -> None:
    """The run as a folder, as a training on the command line leaves one."""
    assert run.snapshot is not None
    record = FolderRecord(folder)
    begin_run(folder, Run(f"retraining {run.pk}", kind=run.kind))
    record.settings(told_of(run, result))
    record.dataset(reference_to(run.snapshot))
    if wandb_settings() is not None:  # nobody else would look at them
        samples = list(sample_pictures(run.snapshot, settings.WANDB_PICTURES))
        record.images("learned_from", [s[0] for s in samples], [s[1] for s in samples])
    for row in curve_of(result):
        record.metrics(row["epoch"], {key: row[key] for key in row if key != "epoch"})
    record.summary(figures(result.challenger))
    record.summary({"gate": result.decision.to_dict(), "bundle_digest": result.bundle.digest})
    record.close(finished=True)


def curve_of(result: RefitResult) -> Sequence[Mapping[str, Any]]:
    """A row for each epoch; of a refit, which has none, the version before and the new one."""
    steps = enumerate((result.champion, result.challenger), start=1)
    return result.epochs or [{"epoch": step, **figures(metrics)} for step, metrics in steps]


def told_of(run: TrainingRun, result: RefitResult) -> Mapping[str, Any]:
    """What the run was told; whoever asked for it is the site's own affair."""
    return {
        "lineage": dict(result.bundle.lineage),
        "parent_version": run.parent.number if run.parent else None,
        "trigger": run.trigger,
        "thresholds": result.bundle.thresholds.to_dict(),
    }


def reference_to(snapshot: DatasetSnapshot) -> DatasetReference:
    """The manifest where it lies, or by its digest alone where only this machine can read it."""
    bucket = getattr(default_storage, "bucket_name", "")
    place = f"gs://{bucket}/{snapshot.manifest}" if bucket else f"sha256:{snapshot.digest}"
    counts = {"ai": snapshot.ai, "human": snapshot.human, "gold": snapshot.gold}
    return DatasetReference("aivh_snapshot", snapshot.digest, place, metadata=counts)


def sample_pictures(snapshot: DatasetSnapshot, n: int) -> Iterator[tuple[Pixels, str]]:
    """At most ``n`` pictures that it learned from, small, without names; as many of each label."""
    learned = snapshot.items.filter(use=SnapshotItem.Use.TRAIN, image__isnull=False)
    for label in Label:
        items = learned.filter(label=label).select_related("image").order_by("-id")
        for item in items[: n // 2]:
            assert item.image is not None
            try:
                yield small(decode(read_original(item.image))), item.label
            except AivhError as error:
                log.warning("Picture %s is left out of the samples: %s", item.sha256[:12], error)


def small(pixels: Pixels) -> Pixels:
    picture = PillowImage.fromarray(pixels)
    picture.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
    return np.asarray(picture)


def figures(metrics: Metrics) -> dict[str, float]:
    """The plain figures on the gold set, without their intervals."""
    values = {name: value for name, value in vars(metrics).items() if isinstance(value, Interval)}
    return {f"gold/{name}": round(interval.value, 5) for name, interval in values.items()}
