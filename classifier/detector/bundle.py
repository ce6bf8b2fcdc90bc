"""A bundle is a folder that holds all of a detector. No part of it is ever unpickled."""

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from classifier.detector.decision import Calibration, Head, Judge, Thresholds
from classifier.detector.doubt import Doubt, Familiarity
from classifier.detector.preprocessing import READABLE_VERSIONS, Preprocessing
from classifier.detector.replay import Replay, load_replay, save_replay
from classifier.errors import BundleCorrupt, BundleIncompatible

FORMAT = 2
# Format 1 knew no doubts: such a bundle answers wherever its thresholds do.
READABLE_FORMATS = (1, 2)
MANIFEST = "bundle.json"
BACKBONE = "backbone.onnx"
HEAD = "head.safetensors"
REPLAY = "replay.safetensors"
CARD = "MODEL_CARD.md"
FAMILIARITY = ("middle", "axes", "prototypes")
READABLE = 0o644
FILES = (BACKBONE, HEAD, REPLAY, CARD)
SHIPPED = Path(__file__).resolve().parent.parent / "shipped"
SHIPPED_NAME = "aivh-clip6-2"


@dataclass(frozen=True)
class Bundle:
    """What bundle.json says. ``digest`` is its sha256 and names the whole bundle."""

    path: Path
    digest: str
    backbone_digest: str
    name: str
    created: str
    preprocessing: Preprocessing
    calibration: Calibration
    thresholds: Thresholds
    doubts: dict[str, float | None]
    metrics: dict[str, Any]
    lineage: dict[str, Any]

    @property
    def backbone(self) -> Path:
        return self.path / BACKBONE

    def head(self) -> Head:
        """Read the head. Raises BundleCorrupt where it is not a finite vector and a number."""
        return self._head(self._tensors())

    def judge(self) -> Judge:
        """Read the head, its calibration, thresholds and doubts. Raises BundleCorrupt."""
        tensors = self._tensors()
        try:
            doubt = Doubt(**self.doubts, familiarity=_familiarity(tensors))
        except (TypeError, ValueError) as error:
            raise BundleCorrupt(f"The doubts of {self.name} do not fit together.") from error
        return Judge(self._head(tensors), self.calibration, self.thresholds, doubt)

    def _tensors(self) -> dict[str, npt.NDArray[Any]]:
        try:
            return load_file(self.path / HEAD)
        except (OSError, SafetensorError) as error:
            raise BundleCorrupt(f"The head of {self.name} cannot be read.") from error

    def _head(self, tensors: dict[str, npt.NDArray[Any]]) -> Head:
        try:
            weight, bias = tensors["weight"], float(tensors["bias"][0])
        except (KeyError, IndexError) as error:
            raise BundleCorrupt(f"The head of {self.name} cannot be read.") from error
        if weight.ndim != 1 or not np.isfinite(weight).all() or not np.isfinite(bias):
            raise BundleCorrupt(f"The head of {self.name} is not a vector of finite numbers.")
        return Head(weight.astype(np.float32), bias)

    def replay(self) -> Replay:
        """Read the replay set. Raises BundleCorrupt."""
        try:
            return load_replay(self.path / REPLAY)
        except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
            raise BundleCorrupt(f"The replay set of {self.name} cannot be read.") from error


def shipped_bundle_path() -> Path:
    """Where the bundle that comes with the project lies."""
    return SHIPPED / SHIPPED_NAME


def read_bundle(path: Path, *, verify: bool = True) -> Bundle:
    """Read bundle.json and check the files that it names.

    Raises BundleIncompatible for another format, BundleCorrupt for a missing or changed file.
    ``verify=False`` trusts the files' content and looks only whether they are there.
    """
    raw, manifest = _manifest(path)
    if manifest.get("format") not in READABLE_FORMATS:
        raise BundleIncompatible(
            f"{path.name} has bundle format {manifest.get('format')}; "
            f"this version reads up to {FORMAT}."
        )
    try:
        bundle = _parse(path, raw, manifest)
        digests = {name: str(manifest["files"][name]["sha256"]) for name in FILES}
    except (KeyError, TypeError, ValueError) as error:
        raise BundleCorrupt(f"The description of {path.name} is not complete: {error}.") from error
    if bundle.preprocessing.version not in READABLE_VERSIONS:
        raise BundleIncompatible(
            f"{path.name} wants preprocessing {bundle.preprocessing.version}; "
            f"this version knows up to {max(READABLE_VERSIONS)}."
        )
    for name, digest in digests.items():
        _check_file(path / name, digest, verify=verify)
    return bundle


def write_bundle(
    path: Path,
    *,
    backbone: Path,
    judge: Judge,
    preprocessing: Preprocessing,
    replay: Replay | Path,
    metrics: Mapping[str, Any],
    lineage: Mapping[str, Any],
    card: Callable[[Mapping[str, Any]], str],
) -> Bundle:
    """Write a whole bundle beside ``path`` and rename it there, so no half of one is ever seen.

    The bundle gets the name of its folder.
    ``backbone`` and a ``replay`` given as a path are linked, or copied where linking cannot be.
    ``card`` makes the model card from the content of bundle.json. Raises FileExistsError.
    """
    if path.exists():
        raise FileExistsError(f"There is a bundle at {path} already.")
    manifest = {
        **_description(path.name, judge, preprocessing),
        "metrics": dict(metrics),
        "lineage": dict(lineage),
    }
    with _written_beside(path) as folder:
        _link_or_copy(backbone, folder / BACKBONE)
        _save_head(judge, folder / HEAD)
        if isinstance(replay, Replay):
            save_replay(replay, folder / REPLAY)
        else:
            _link_or_copy(replay, folder / REPLAY)
        (folder / CARD).write_text(card(manifest), encoding="utf-8")
        for name in (HEAD, REPLAY, CARD):
            (folder / name).chmod(READABLE)  # safetensors makes its files private to their owner
        files = {name: _describe(folder / name) for name in FILES}
        text = json.dumps(
            {**manifest, "files": files}, indent=1, ensure_ascii=False, allow_nan=False
        )
        (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
    return read_bundle(path)


def _description(name: str, judge: Judge, preprocessing: Preprocessing) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "name": name,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "positive_class": "ai",
        "embedding": len(judge.head.weight),
        "preprocessing": preprocessing.to_dict(),
        "calibration": judge.calibration.to_dict(),
        "thresholds": judge.thresholds.to_dict(),
        "doubts": judge.doubt.to_dict(),
    }


@contextmanager
def _written_beside(path: Path) -> Iterator[Path]:
    """A new folder that gets the name ``path`` once the block has filled it, or goes away."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.parent / f".{path.name}.{uuid4().hex}"
    beside.mkdir()
    try:
        yield beside
        beside.rename(path)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise


def _save_head(judge: Judge, path: Path) -> None:
    """Write the head, and beside it what the detector is familiar with."""
    tensors: dict[str, npt.NDArray[Any]] = {
        "weight": judge.head.weight.astype(np.float32),
        "bias": np.array([judge.head.bias], dtype=np.float64),
    }
    if familiarity := judge.doubt.familiarity:
        for name in FAMILIARITY:
            part = np.asarray(getattr(familiarity, name), dtype=np.float32)
            tensors[f"familiarity.{name}"] = np.ascontiguousarray(part)
    save_file(tensors, path)


def _familiarity(tensors: Mapping[str, npt.NDArray[Any]]) -> Familiarity | None:
    """Raise ValueError where a part is missing or the parts do not fit."""
    parts = {name: tensors.get(f"familiarity.{name}") for name in FAMILIARITY}
    found = {name: part for name, part in parts.items() if part is not None}
    if not found:
        return None
    if len(found) < len(FAMILIARITY):
        raise ValueError("a part of the familiarity is missing")
    return Familiarity(**found)


def _manifest(path: Path) -> tuple[bytes, dict[str, Any]]:
    try:
        raw = (path / MANIFEST).read_bytes()
        manifest = json.loads(raw)
    except (OSError, ValueError) as error:
        raise BundleCorrupt(f"There is no readable {MANIFEST} in {path}.") from error
    if not isinstance(manifest, dict):
        raise BundleCorrupt(f"{MANIFEST} in {path} does not describe a bundle.")
    return raw, manifest


def _parse(path: Path, raw: bytes, manifest: dict[str, Any]) -> Bundle:
    if manifest["positive_class"] != "ai":
        raise ValueError("its head must point to AI")
    return Bundle(
        path=path,
        digest=sha256(raw).hexdigest(),
        backbone_digest=str(manifest["files"][BACKBONE]["sha256"]),
        name=str(manifest["name"]),
        created=str(manifest["created"]),
        preprocessing=Preprocessing(**manifest["preprocessing"]),
        calibration=Calibration(**manifest["calibration"]),
        thresholds=Thresholds(**manifest["thresholds"]),
        doubts=dict(manifest.get("doubts", {})),
        metrics=dict(manifest["metrics"]),
        lineage=dict(manifest["lineage"]),
    )


def _check_file(path: Path, digest: str, *, verify: bool) -> None:
    if not path.is_file():
        raise BundleCorrupt(f"{path.name} is missing from the bundle {path.parent.name}.")
    if verify and sha256_of(path) != digest:
        raise BundleCorrupt(
            f"{path.name} of the bundle {path.parent.name} is not the file that was written."
        )


def sha256_of(path: Path) -> str:
    """Return the hex digest of a file."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _describe(path: Path) -> dict[str, str | int]:
    return {"sha256": sha256_of(path), "bytes": path.stat().st_size}


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
