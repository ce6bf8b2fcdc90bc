"""Small real bundles, the three homes, and one W&B server for the whole session."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest

from classifier.detector.bundle import write_bundle
from classifier.detector.decision import Calibration, Head, Judge, Thresholds
from classifier.detector.preprocessing import Preprocessing
from classifier.detector.replay import Replay
from classifier.registry import Registry, WandbSettings, wandb_talk
from classifier.registry import wandb as wandb_home
from classifier.registry.local import LocalRegistry
from classifier.registry.mirrored import MirroredRegistry
from classifier.registry.runs import DatasetReference, Run, begin_run
from classifier.registry.shared import SharedRegistry
from classifier.registry.wandb import WandbRegistry, client_environment
from classifier.registry.wandb_talk import WandbTalk
from classifier.training.record_folder import FolderRecord
from classifier.vocabulary import Label
from tests.classifier.registry.shelf import FolderShelf
from tests.servers import warm_client as warm_client_program
from tests.servers.wandb_server import API_KEY, ENTITY, WandbServer


def make_bundle(folder: Path, name: str) -> Path:
    """A bundle of the real format, with a backbone of a few bytes."""
    backbone = folder / f"{name}.onnx"
    backbone.write_bytes(b"not a network, but bytes with a digest: " + name.encode())
    write_bundle(
        folder / name,
        backbone=backbone,
        judge=_judge(),
        preprocessing=Preprocessing(),
        replay=_replay(),
        metrics={"auroc": 0.9},
        lineage={"snapshot": "0" * 64},
        card=lambda manifest: f"# {manifest['name']}\n",
    )
    return folder / name


def _judge() -> Judge:
    head = Head(np.array([0.5, -0.25], dtype=np.float32), 0.1)
    return Judge(head, Calibration(slope=1.0, intercept=0.0), Thresholds(human=0.3, ai=0.7))


def _replay() -> Replay:
    return Replay(
        embeddings=np.array([[0.0, 1.0], [1.0, 0.0]], dtype=np.float16),
        labels=[Label.HUMAN, Label.AI],
        splits=["train", "test"],
        generators=["camera", "other"],
        tiers=["clean", "clean"],
    )


def spoil(path: Path) -> None:
    """Change one byte, as a bad disk would."""
    content = bytearray(path.read_bytes())
    content[-1] ^= 0xFF
    path.write_bytes(content)


def wait_until(holds: Callable[[], bool], *, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.1)
    return holds()


def at_once(work: Callable[[], None]) -> None:
    """Send what is pending before the writing call returns, where a test wants to see it."""
    work()


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return make_bundle(tmp_path, "first")


@pytest.fixture
def bundles(tmp_path: Path) -> Sequence[Path]:
    return [make_bundle(tmp_path, name) for name in ("one", "two", "three")]


@pytest.fixture(scope="session")
def running_server() -> Iterator[WandbServer]:
    with WandbServer() as server:
        yield server


@pytest.fixture
def server(running_server: WandbServer) -> Iterator[WandbServer]:
    """The server, whose every answer during the test must have been one that it really knows."""
    running_server.problems.clear()
    running_server.operations.clear()
    running_server.served_files.clear()
    yield running_server
    assert running_server.problems == []


@pytest.fixture(scope="session")
def warm_socket() -> Iterator[Path]:
    """Where a process that has imported wandb waits for whom it may fork a client for."""
    place = Path(tempfile.mkdtemp(prefix="aivh-warm-")) / "socket"
    # What the client is told before it imports wandb, as far as it is always the same.
    quiet = client_environment(WandbSettings("", "", ""), place.parent)
    command = [sys.executable, "-P", warm_client_program.__file__, "serve", str(place)]
    process = subprocess.Popen(command, env=os.environ | quiet)
    try:
        assert wait_until(place.exists, seconds=60)
        yield place
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(place.parent)


@pytest.fixture
def warm_client(warm_socket: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For a test that is about answers: the same client, a second sooner each time."""
    command = (sys.executable, "-S", "-E", warm_client_program.__file__, "ask", str(warm_socket))
    for module in (wandb_home, wandb_talk):
        monkeypatch.setattr(module, "CLIENT", command)


@dataclass(frozen=True)
class Wandb:
    """A project of its own on the server, and as many registries (with empty caches) as needed."""

    settings: WandbSettings
    folder: Path

    def settings_with(self, **changes: Any) -> WandbSettings:
        return replace(self.settings, **changes)

    def registry(self, **changes: Any) -> WandbRegistry:
        return self.registry_at(self.folder / f"cache-{uuid4().hex}", **changes)

    def registry_at(self, cache: Path, **changes: Any) -> WandbRegistry:
        return WandbRegistry(self.settings_with(**changes), cache=cache)


@pytest.fixture
def wandb(server: WandbServer, tmp_path: Path) -> Wandb:
    settings = WandbSettings(
        entity=ENTITY,
        project=f"aivh-{uuid4().hex[:8]}",
        api_key=API_KEY,
        base_url=server.url,
        # Patient: what is about time names its own limits.
        timeout=100,
        transfer_timeout=150,
    )
    return Wandb(settings, tmp_path)


@pytest.fixture(params=["local", "wandb", "mirrored", "shared"])
def registry(request: pytest.FixtureRequest, tmp_path: Path) -> Registry:
    """Each home in turn, empty."""
    local = LocalRegistry(tmp_path / "registry")
    if request.param == "wandb":
        return request.getfixturevalue("wandb").registry()
    if request.param == "shared":
        return SharedRegistry(tmp_path / "registry", FolderShelf(tmp_path / "shelf"))
    if request.param == "mirrored":
        remote = LocalRegistry(tmp_path / "remote")
        return MirroredRegistry(local, remote, pending=tmp_path / "pending", start=at_once)
    return local


def make_record(folder: Path, run: Run, figures: Sequence[Mapping[str, float]] = ()) -> Path:
    """A finished run with everything that one can tell, and the figures of each epoch."""
    begin_run(folder, run)
    record = FolderRecord(folder)
    record.settings({"config": {"learning_rate": 0.1}})
    record.dataset(DatasetReference("aivh_snapshot", "d" * 64, "gs://bucket/d/manifest.jsonl"))
    record.images("learned_from", [np.full((8, 6, 3), 99, np.uint8)], ["ai"])
    for epoch, row in enumerate(figures, start=1):
        record.metrics(epoch, row)
    record.summary({"energy": "not measured"})
    record.close(finished=True)
    return folder


@pytest.fixture
def sweep(request: pytest.FixtureRequest) -> str:
    """A sweep that each home knows: W&B has to be told of one, by its own client."""
    home = getattr(request.node, "callspec", None)
    if home is not None and home.params["registry"] != "wandb":
        return "local-0"
    settings = request.getfixturevalue("wandb").settings
    space = {"method": "random", "parameters": {"learning_rate": {"values": [0.1]}}}
    talk = WandbTalk(
        settings,
        {
            "do": "sweep",
            "sweep_id": None,
            "space": space,
            "trials": 0,
            "run": {"entity": settings.entity, "project": settings.project},
        },
    )
    try:
        return str(talk.hear(limit=settings.timeout)["result"])
    finally:
        talk.end()
