"""Fine-tuning by the worker: the pictures behind a snapshot are fetched, and the network learns on.

Torch is an extra. It is imported when a run needs it, and a worker without it says so at once.
"""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from django.conf import settings
from django.core.files.storage import default_storage

from classifier.detector.bundle import read_bundle
from classifier.detector.detector import Detector
from classifier.errors import AivhError
from classifier.models import ModelVersion
from classifier.queries import origin_of
from classifier.serving import registry
from classifier.training.progress import Progress, part
from classifier.training.refit import RefitResult
from classifier.training.relearn import Examples
from classifier.training.seen_anew import Settled
from labelling.models import Image
from labelling.storage import storage_is_local
from worker.models import DatasetSnapshot
from worker.services.examples import collect_examples, learned_before
from worker.services.pictures import prefetched

INSTALL = "pip install --constraint constraints.txt --editable '.[training]'"


class TorchMissing(AivhError):
    """This worker cannot fine-tune."""

    code = "torch_missing"


@dataclass(frozen=True)
class Task:
    """What is to be learned: the version in use, the snapshot, and what the bundle says of both."""

    version: ModelVersion
    detector: Detector
    snapshot: DatasetSnapshot
    lineage: Mapping[str, object]


def check_torch() -> None:
    """Raise TorchMissing where fine-tuning is not possible on this worker."""
    if find_spec("torch") is None or find_spec("lightning_fabric") is None:
        raise TorchMissing(
            "Fine-tuning needs torch, which is not installed on this training worker. Install it "
            f"there ({INSTALL}), or ask for a refit, which does without."
        )


def finetune_network(task: Task, out: Path, report: Progress) -> RefitResult:
    """Let the network learn on from the settled pictures of a snapshot; the bundle lies at ``out``.

    Raises TorchMissing, FineTuningRefused and whatever else keeps a network from learning on.
    """
    check_torch()
    from classifier.training.finetune import Ancestors, finetune
    from classifier.training.recipe import Recipe

    learned = learned_before()
    train, held_out = collect_examples(
        task.snapshot, task.version, task.detector, learned, part(report, 0.0, 0.05)
    )
    pictures = out.parent / "pictures"
    files = fetch_pictures(task.snapshot, pictures, part(report, 0.05, 0.15))
    root = root_of(task.version)
    with checkpoints(f"{task.snapshot.digest[:16]}-{root.name[:16]}") as work:
        return finetune(
            ancestors=Ancestors.read(task.detector.bundle.path, root),
            train=newest_first(with_files(train, files), learned),
            held_out={name: with_files(some, files) for name, some in held_out.items()},
            out=out,
            work=work,
            lineage=task.lineage,
            recipe=Recipe(threads=len(os.sched_getaffinity(0))),
            progress=part(report, 0.15, 1.0),
        )


def root_of(version: ModelVersion) -> Path:
    """The bundle from which a version's network learned on, or the one that it came with."""
    origin = registry().get(origin_of(version).reference)
    trunk = read_bundle(origin, verify=False).lineage.get("trunk")
    return registry().get(str(trunk)) if trunk else origin


def fetch_pictures(snapshot: DatasetSnapshot, folder: Path, progress: Progress) -> dict[str, Path]:
    """Return the originals' files by sha256: local ones as they lie, others fetched to ``folder``.

    Those that cannot be had any more, or lie in the bin, are left out.
    """
    there = Image.objects.filter(snapshotitem__snapshot=snapshot, deleted_at__isnull=True)
    images = list(there.order_by("sha256"))
    if storage_is_local():
        places = {image.sha256: Path(default_storage.path(image.original)) for image in images}
        return {sha256: file for sha256, file in places.items() if file.is_file()}
    folder.mkdir(parents=True)
    files = {}
    for done, fetched in enumerate(prefetched(images)):
        progress(done / len(images), f"fetching {len(images)} pictures")
        if isinstance(fetched.came, bytes):
            files[fetched.image.sha256] = folder / fetched.image.sha256
            files[fetched.image.sha256].write_bytes(fetched.came)
    return files


def with_files(some: Examples, files: Mapping[str, Path]) -> Settled:
    """The examples whose file is there, with it."""
    return rows(some, [row for row, name in enumerate(some.ids) if name in files], files)


def newest_first(settled: Settled, learned: Set[str]) -> Settled:
    """What no version has learned yet in front: a network that takes only so many takes it."""
    some, files = settled.examples, dict(zip(settled.examples.ids, settled.files, strict=True))
    return rows(some, sorted(range(len(some.ids)), key=lambda row: some.ids[row] in learned), files)


def rows(some: Examples, chosen: Sequence[int], files: Mapping[str, Path]) -> Settled:
    picked = Examples(
        embeddings=some.embeddings[list(chosen)],
        labels=[some.labels[row] for row in chosen],
        ids=[some.ids[row] for row in chosen],
        disagreements=np.asarray(some.disagreements)[list(chosen)],
        facts=[some.facts[row] for row in chosen],
    )
    return Settled(picked, [files[name] for name in picked.ids])


@contextmanager
def checkpoints(name: str) -> Iterator[Path]:
    """A folder from which the same fine-tuning goes on if its worker dies; gone once it is done.

    Others are left from runs that will never go on: one training runs at a time.
    """
    place = Path(settings.DATA_DIR) / "fine-tuning"
    for other in place.glob("*"):
        if other.name != name:
            shutil.rmtree(other, ignore_errors=True)
    yield place / name
    shutil.rmtree(place / name, ignore_errors=True)
