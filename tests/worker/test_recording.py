"""What a retraining tells the registry of itself, and that it never waits for Weights & Biases."""

import json
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from django.core.files.storage import default_storage
from PIL import Image as PillowImage

from classifier.models import ModelVersion
from classifier.registry.local import LocalRegistry
from classifier.registry.runs import model_of, read_figures, read_run
from classifier.serving import registry, serving_detector
from classifier.vocabulary import Label
from labelling.models import Image
from tests.servers.wandb_server import API_KEY, ENTITY, WandbServer
from tests.worker.conftest import People
from worker.models import DatasetSnapshot, TrainingRun
from worker.services import recording
from worker.services.recording import small
from worker.services.retraining import request_retraining, run_retraining

Settle = Callable[..., list[Image]]


@pytest.fixture
def settled(version: ModelVersion, people: People, settle: Settle) -> list[Image]:
    """Twelve pictures of each class to learn from."""
    return settle(Label.AI, range(12), by=people.reviewer) + settle(
        Label.HUMAN, range(12), by=people.reviewer
    )


@pytest.fixture
def server() -> Iterator[WandbServer]:
    with WandbServer() as server:
        yield server
        assert server.problems == []


def use_wandb(settings: Any, url: str, **limits: float) -> None:
    settings.WANDB = {"api_key": API_KEY, "entity": ENTITY, "project": "aivh", "base_url": url}
    settings.WANDB |= limits


def retrain() -> TrainingRun:
    run = request_retraining(by=None, dispatch=False)
    run_retraining(run.pk)
    run.refresh_from_db()
    assert run.version is not None, run.outcome
    return run


def record_of(settings: Any) -> Path:
    (folder,) = LocalRegistry(settings.REGISTRY_ROOT).runs.root.glob("*")
    return folder


def test_a_retraining_leaves_its_record_beside_its_bundle(
    settled: list[Image], settings: Any
) -> None:
    run = retrain()

    folder, version, snapshot = record_of(settings), run.version, run.snapshot
    assert version is not None
    assert snapshot is not None
    who = read_run(folder)
    assert (who.name, who.kind, who.sweep) == (f"retraining {run.pk}", "refit", "")
    assert model_of(folder) == version.digest
    assert registry().resolve("candidate") == version.reference
    told = json.loads((folder / "config.json").read_text())
    assert told["parent_version"] == 1
    assert told["lineage"]["snapshot"] == snapshot.digest
    dataset = json.loads((folder / "dataset.json").read_text())
    assert dataset["digest"] == snapshot.digest
    assert dataset["reference"] == f"sha256:{snapshot.digest}"
    assert dataset["metadata"]["ai"] == snapshot.ai
    assert read_figures(folder)["gold/auroc"] == 1.0
    rows = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    assert [row["epoch"] for row in rows] == [1, 2], "the version before, and this one"
    gate = json.loads((folder / "summary.json").read_text())["gate"]
    assert len(gate["rows"]) == len(run.gate) > 0
    assert not (folder / "images").exists(), "without Weights & Biases nobody would look at them"


def test_weights_and_biases_gets_the_run_its_data_and_its_bundle(
    settled: list[Image], server: WandbServer, settings: Any
) -> None:
    """By the real client, in the background, without a picture other than the samples."""
    use_wandb(settings, server.url, timeout=100, transfer_timeout=150)
    settings.WANDB_PICTURES = 4
    run = retrain()
    version, snapshot = run.version, run.snapshot
    assert version is not None
    assert snapshot is not None
    while registry().pending() or registry().pending_runs():
        registry().synchronise()  # beside the thread that began with it

    made = [sent for sent in server.records.runs.values() if sent.job_type == "refit"]
    (sent,) = made
    assert (sent.title, sent.state) == (f"retraining {run.pk}", "finished")
    models = server.records.collections["aivh", "ai_vs_human_model"]
    model = models.find(version.digest)
    assert model is not None
    assert models.find("candidate") is model
    snapshots = server.records.collections["aivh", "aivh_snapshot"]
    (data,) = snapshots.committed()
    assert sent.used == [data.id]
    assert sent.logged == [model.id]
    assert data.files == [], "by reference"
    assert data.manifest is not None
    (entry,) = json.loads(data.manifest.body or b"")["contents"].values()
    assert (entry["ref"], entry["digest"]) == (f"sha256:{snapshot.digest}", snapshot.digest)
    pictures = [f for f in server.records.files.values() if f.name.startswith("media/images/")]
    assert len(pictures) == 4
    for picture in pictures:
        assert max(PillowImage.open(BytesIO(picture.body or b"")).size) <= recording.LARGEST_SIDE
    assert sent.summary()["gold/auroc"] == 1.0
    assert not (record_of(settings) / "images").exists(), "sent, no picture stays here"


def test_nothing_waits_for_a_server_that_hangs(
    settled: list[Image], server: WandbServer, settings: Any
) -> None:
    """It retrains and serves while not one request is answered; later everything is sent."""
    use_wandb(settings, server.url, timeout=4, transfer_timeout=4)
    with server.trouble(delay=6):
        run = retrain()
        assert run.state != TrainingRun.State.FAILED
        version, detector = serving_detector()
        assert version == ModelVersion.objects.get(state=ModelVersion.State.PRODUCTION)
        assert detector.bundle.digest == version.digest
        assert len(registry().pending_runs()) == 1
        assert server.records.runs == {}

    use_wandb(settings, server.url, timeout=100, transfer_timeout=150)
    while registry().pending() or registry().pending_runs():
        registry().synchronise()
    made = [sent for sent in server.records.runs.values() if sent.job_type == "refit"]
    assert [sent.state for sent in made] == ["finished"]


def test_a_record_that_cannot_be_written_costs_no_training(
    settled: list[Image],
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(recording, "write_record", full)

    run = retrain()

    assert run.version is not None
    assert registry().resolve("candidate") == run.version.reference
    assert "goes into the registry without its record" in caplog.text
    assert not LocalRegistry(settings.REGISTRY_ROOT).runs.root.exists()


def test_a_picture_that_is_lost_is_left_out_of_the_samples(settled: list[Image]) -> None:
    run = retrain()
    assert run.snapshot is not None
    for item in run.snapshot.items.filter(label=Label.AI).select_related("image"):
        assert item.image is not None
        default_storage.delete(item.image.original)

    samples = list(recording.sample_pictures(run.snapshot, 6))

    assert [caption for _, caption in samples] == ["human"] * 3
    assert list(recording.sample_pictures(run.snapshot, 0)) == []


def test_a_snapshot_in_a_bucket_is_named_by_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = SimpleNamespace(bucket_name="pictures")
    monkeypatch.setattr(recording, "default_storage", bucket)
    name = f"snapshots/{'d' * 64}/manifest.jsonl"
    snapshot = DatasetSnapshot(digest="d" * 64, manifest=name, ai=3, human=2, gold=1)

    told = recording.reference_to(snapshot)

    assert told.reference == f"gs://pictures/{name}"
    assert (told.digest, told.file) == ("d" * 64, "manifest.jsonl")
    assert told.metadata == {"ai": 3, "human": 2, "gold": 1}


def test_a_sample_is_never_larger_than_it_needs_to_be() -> None:
    assert small(np.zeros((600, 900, 3), np.uint8)).shape == (171, 256, 3)
    assert small(np.zeros((20, 30, 3), np.uint8)).shape == (20, 30, 3)
