"""What a run leaves behind, as a folder: who it was, what it was told, what came of it.

The files are the ones of :class:`classifier.training.record_folder.FolderRecord`.
"""

import json
import math
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from classifier.errors import BundleNotFound
from classifier.registry.files import write_json

Json = dict[str, Any]

RUN, SETTINGS, METRICS, SUMMARY = "run.json", "config.json", "metrics.jsonl", "summary.json"
DATASET, MODEL = "dataset.json", "model.json"
IMAGES, CURVE = "images", "learning_curve.png"
# What a sweep's name begins with that W&B knows nothing of.
OWN_SWEEP = "local-"
# Beside them where Weights & Biases was told all of it while it happened.
SENT = "sent"


@dataclass(frozen=True)
class Run:
    """Who a run is: ``kind`` says what was done, ``sweep`` which search it belongs to, or ""."""

    name: str
    kind: str = "train"
    sweep: str = ""
    id: str = field(default_factory=lambda: uuid4().hex[:12])


@dataclass(frozen=True)
class DatasetReference:
    """What a run learned from, named but not sent.

    ``digest`` is the sha256 of ``file``, a list of the pictures; ``reference`` is where it lies,
    ``gs://…``, or ``sha256:…`` where nobody else can reach it.
    """

    name: str
    digest: str
    reference: str
    file: str = "manifest.jsonl"
    metadata: Mapping[str, Any] = field(default_factory=dict)


def begin_run(folder: Path, run: Run, *, resume: bool = False) -> Run:
    """Write down who the run is; with ``resume`` it is the one that began in this folder."""
    if resume and (folder / RUN).is_file():
        return read_run(folder)
    write_json(folder / RUN, asdict(run))
    return run


def read_run(folder: Path) -> Run:
    """Raises FileNotFoundError where the folder is not a run's."""
    return Run(**json.loads((folder / RUN).read_text(encoding="utf-8")))


def read_figures(folder: Path) -> dict[str, float]:
    """The last value of each figure; what the summary says goes before what an epoch said."""
    figures: Json = {}
    for row in [*_rows(folder), _read(folder / SUMMARY)]:
        figures |= row
    return {
        key: float(value)
        for key, value in figures.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    }


def read_curve(folder: Path) -> list[Json]:
    """The figures of each epoch, in their order."""
    return _rows(folder)


def model_of(folder: Path) -> str | None:
    """The digest of the bundle that the run made."""
    return _read(folder / MODEL).get("digest")


def falls(metric: str) -> bool:
    """Whether less of this figure is better."""
    return "nll" in metric or "loss" in metric


def has_finished(folder: Path) -> bool:
    return bool(_read(folder / SUMMARY).get("finished"))


def is_sent(folder: Path) -> bool:
    """Whether Weights & Biases was told all of it while it happened."""
    return (folder / SENT).is_file()


def told(folder: Path) -> Iterator[Json]:
    """All that the run had to tell, in the words of the talk with Weights & Biases.

    Not its bundle: where that lies now, only the caller knows.
    """
    if settings := _read(folder / SETTINGS):
        yield {"do": "settings", "values": settings}
    if dataset := _read(folder / DATASET):
        yield {"do": "dataset", "dataset": dataset}
    for pictures in sorted((folder / IMAGES).glob("*/")):
        yield _images(pictures.name, sorted(pictures.glob("*.png")), epoch=0)
    epoch = 0
    for row in _rows(folder):
        epoch = row.pop("epoch")
        yield {"do": "metrics", "epoch": epoch, "figures": row}
    if (folder / CURVE).is_file():
        yield _images("learning_curve", [folder / CURVE], epoch=epoch)
    yield {"do": "summary", "values": _read(folder / SUMMARY)}


class RunStore:
    """The runs of a registry, each in a folder of its own, ``root/<id>/``."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def add(self, folder: Path, *, model: str | None = None) -> Run:
        """Copy the run in, with the digest of what it made; one of the same id is replaced.

        Raises FileNotFoundError where the folder is not a run's.
        """
        run = read_run(folder)
        beside = self.root / f".incoming-{uuid4().hex}"
        try:
            shutil.copytree(folder, beside)
            if model:
                write_json(beside / MODEL, {"digest": model})
            shutil.rmtree(self.root / run.id, ignore_errors=True)
            beside.rename(self.root / run.id)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
        return run

    def folder(self, run_id: str) -> Path:
        return self.root / run_id

    def drop_pictures(self, run_id: str) -> None:
        shutil.rmtree(self.root / run_id / IMAGES, ignore_errors=True)

    def of_model(self, digest: str) -> Path | None:
        """The folder of the run that made this bundle; None where there is none here."""
        folders = (path.parent for path in self.root.glob(f"[!.]*/{MODEL}"))
        return next((folder for folder in folders if model_of(folder) == digest), None)

    def of_sweep(self, sweep: str) -> Iterator[tuple[Run, Path]]:
        for path in sorted(self.root.glob(f"[!.]*/{RUN}")):
            run = read_run(path.parent)
            if run.sweep == sweep:
                yield run, path.parent


@dataclass(frozen=True)
class BestRun:
    """The best run of a sweep; ``reference`` is that of the bundle which it made."""

    reference: str
    run: str
    name: str
    metric: str
    value: float


def best_run(store: RunStore, sweep: str, metric: str) -> BestRun:
    """The run with the best figure. Raises BundleNotFound where none can be taken from it."""
    runs = list(store.of_sweep(sweep))
    if not runs:
        raise BundleNotFound(f"The registry holds no runs of a sweep {sweep}.")
    figures = [(read_figures(folder), run, folder) for run, folder in runs]
    measured = [(told[metric], run, folder) for told, run, folder in figures if metric in told]
    if not measured:
        raise BundleNotFound(f"No run of the sweep {sweep} logged {metric}.")
    choose = min if falls(metric) else max
    value, run, folder = choose(measured, key=lambda found: found[0])
    reference = model_of(folder)
    if reference is None:
        raise BundleNotFound(f"The best run of the sweep, {run.name}, kept no bundle.")
    return BestRun(reference, run.id, run.name, metric, value)


def _images(name: str, paths: list[Path], *, epoch: int) -> Json:
    """The caption is what stands behind the number in a picture's name."""
    captions = [path.stem.partition("-")[2] for path in paths]
    said = {"do": "images", "name": name, "epoch": epoch, "captions": captions}
    return {**said, "paths": [str(path) for path in paths]}


def _rows(folder: Path) -> list[Json]:
    if not (folder / METRICS).is_file():
        return []
    lines = (folder / METRICS).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def _read(path: Path) -> Json:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
