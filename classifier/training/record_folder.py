"""A run's record as a folder of plain files."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from PIL import Image

from classifier.detector.bundle import Bundle
from classifier.detector.decoding import Pixels
from classifier.registry.runs import (
    CURVE,
    DATASET,
    IMAGES,
    METRICS,
    MODEL,
    SETTINGS,
    SUMMARY,
    DatasetReference,
)
from classifier.training.record import Record

Row = dict[str, Any]

__all__ = ["METRICS", "SETTINGS", "SUMMARY", "FolderRecord", "read_metrics"]


class FolderRecord(Record):
    """``config.json``, ``metrics.jsonl``, ``images/``, ``summary.json``, ``learning_curve.png``.

    Where they are told of, ``dataset.json`` and ``model.json``, too.

    Opened anew on the same folder it goes on: epochs that come again replace those from before.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._summary: Row = {}

    def settings(self, values: Mapping[str, Any]) -> None:
        _write_json(self._folder / SETTINGS, values)

    def metrics(self, epoch: int, figures: Mapping[str, float]) -> None:
        before = [row for row in read_metrics(self._folder) if row["epoch"] < epoch]
        rows = [*before, {"epoch": epoch, **figures}]
        _write(self._folder / METRICS, "".join(f"{json.dumps(row)}\n" for row in rows))

    def images(self, name: str, pixels: Sequence[Pixels], captions: Sequence[str]) -> None:
        folder = self._folder / IMAGES / name
        folder.mkdir(parents=True, exist_ok=True)
        for number, (picture, caption) in enumerate(zip(pixels, captions, strict=True)):
            Image.fromarray(picture).save(folder / f"{number:02}-{caption}.png")

    def dataset(self, dataset: DatasetReference) -> None:
        _write_json(self._folder / DATASET, asdict(dataset))

    def model(self, bundle: Bundle) -> None:
        _write_json(self._folder / MODEL, {"digest": bundle.digest})

    def summary(self, values: Mapping[str, Any]) -> None:
        self._summary |= values
        _write_json(self._folder / SUMMARY, self._summary)

    def close(self, *, finished: bool) -> None:
        self.summary({"finished": finished})
        rows = [row for row in read_metrics(self._folder) if "loss" in row]
        if rows:
            # Only where a network learned: a refit has no epochs, and does without matplotlib.
            from classifier.training.learning_curve import draw_learning_curve

            (self._folder / CURVE).write_bytes(draw_learning_curve(rows))


def read_metrics(folder: Path) -> list[Row]:
    """Return one row for each epoch that a record holds."""
    path = folder / METRICS
    if not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _write_json(path: Path, values: Mapping[str, Any]) -> None:
    _write(path, json.dumps(dict(values), indent=2, default=str) + "\n")


def _write(path: Path, text: str) -> None:
    """Write beside and rename: whoever looks at a running training reads whole files."""
    beside = path.with_suffix(".partial")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)
