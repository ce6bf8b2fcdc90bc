"""Runs and sweeps on Weights & Biases, by the real client, against a server of our own."""

import json
import logging
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from classifier.detector.bundle import read_bundle
from classifier.errors import RegistryUnavailable
from classifier.registry import WandbSettings, open_registry, wandb_talk
from classifier.registry.runs import DatasetReference, is_sent
from classifier.registry.wandb import WandbRegistry
from classifier.registry.wandb_talk import WandbTalk
from classifier.training.learning import RECORD, recording
from classifier.training.sweep import run_sweep
from classifier.training.sweep_space import Range
from classifier.training.sweep_trials import Sweep
from tests.classifier.registry.conftest import make_bundle
from tests.classifier.toy import make_toy_pictures
from tests.classifier.training import tiny
from tests.classifier.training.test_sweep import BASE
from tests.servers.wandb_server import API_KEY, ENTITY, WandbServer

GREY = np.full((8, 6, 3), 99, np.uint8)


@pytest.fixture
def server() -> Iterator[WandbServer]:
    with WandbServer() as server:
        yield server
        assert server.problems == []


@pytest.fixture
def place(server: WandbServer) -> WandbSettings:
    """Patient: nothing here is about time."""
    return WandbSettings(
        entity=ENTITY,
        project="aivh",
        api_key=API_KEY,
        base_url=server.url,
        timeout=100,
        transfer_timeout=120,
    )


def test_a_run_has_the_same_content_there_and_here(
    server: WandbServer, place: WandbSettings, tmp_path: Path
) -> None:
    with recording(tmp_path, name="first", resume=False, wandb=place) as record:
        record.settings({"config": {"epochs": 2}, "dataset": {"digest": "d" * 64}})
        record.images("augmented", [GREY], ["ai"])
        record.metrics(1, {"loss": 0.5})
        record.metrics(2, {"loss": 0.25, "val_auroc_hard": 0.75})
        record.dataset(DatasetReference("aivh_pictures", "d" * 64, "sha256:" + "d" * 64))
        record.model(read_bundle(make_bundle(tmp_path, "first")))
        record.summary({"energy": "not measured: no counter"})
    (run,) = server.records.runs.values()
    assert (run.project, run.state, run.job_type) == ("aivh", "finished", "train")
    assert is_sent(tmp_path / RECORD)
    config = json.loads(run.config)
    assert config["config"]["value"] == {"epochs": 2}
    assert config["dataset"]["value"] == {"digest": "d" * 64}
    history = {row["_step"]: row for row in run.parts("wandb-history.jsonl")}
    assert history[1]["loss"] == 0.5
    assert (history[2]["loss"], history[2]["val_auroc_hard"]) == (0.25, 0.75)
    assert history[0]["augmented"]["captions"] == ["ai"]
    assert "learning_curve" in history[2]
    assert run.summary()["energy"] == "not measured: no counter"
    sent = {file.name.rpartition("_")[0] for file in server.records.files.values() if file.body}
    assert {"media/images/augmented_0", "media/images/learning_curve_2"} <= sent
    (data,) = server.records.collections["aivh", "aivh_pictures"].committed()
    (model,) = server.records.collections["aivh", "ai_vs_human_model"].committed()
    assert (run.used, run.logged) == ([data.id], [model.id])
    assert (tmp_path / RECORD / "learning_curve.png").is_file()
    assert (tmp_path / RECORD / "images" / "augmented" / "00-ai.png").is_file()


def test_a_resumed_training_goes_on_in_its_run(
    server: WandbServer, place: WandbSettings, tmp_path: Path
) -> None:
    def broken_off() -> None:
        with recording(tmp_path, name="first", resume=False, wandb=place) as record:
            record.metrics(1, {"loss": 0.5})
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken_off()
    (run,) = server.records.runs.values()
    assert run.state == "failed"
    with recording(tmp_path, name="first", resume=True, wandb=place) as record:
        record.metrics(2, {"loss": 0.25})
    assert list(server.records.runs.values()) == [run]
    assert run.state == "finished"


def test_a_training_goes_on_without_weights_and_biases_which_is_told_later(
    server: WandbServer, place: WandbSettings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    nowhere = replace(place, base_url="http://127.0.0.1:9", timeout=2)
    with (
        caplog.at_level(logging.WARNING),
        recording(tmp_path, name="first", resume=False, wandb=nowhere) as record,
    ):
        record.metrics(1, {"loss": 0.5})
    assert "The run goes on without Weights & Biases" in caplog.text
    assert API_KEY not in caplog.text
    assert json.loads((tmp_path / RECORD / "summary.json").read_text()) == {"finished": True}
    assert not is_sent(tmp_path / RECORD)

    WandbRegistry(place, cache=tmp_path / "cache").log_run(tmp_path / RECORD)

    (run,) = server.records.runs.values()
    assert (run.title, run.state) == ("first", "finished")
    assert run.summary()["loss"] == 0.5


def test_what_weights_and_biases_missed_of_a_run_is_told_later_in_the_same_run(
    server: WandbServer, place: WandbSettings, tmp_path: Path
) -> None:
    """It answers at first and breaks in the middle, as the bundle is on its way."""
    bundle = read_bundle(make_bundle(tmp_path, "first"))
    hasty = replace(place, transfer_timeout=8)
    with recording(tmp_path, name="first", resume=False, wandb=hasty) as record:
        record.metrics(1, {"loss": 0.5})
        server.status, server.only = 400, "CommitArtifact"
        record.model(bundle)
        record.metrics(2, {"loss": 0.25})
    server.status, server.only = None, ""
    assert not is_sent(tmp_path / RECORD)
    (run,) = server.records.runs.values()

    WandbRegistry(place, cache=tmp_path / "cache").put(bundle.path, run=tmp_path / RECORD)

    assert list(server.records.runs.values()) == [run]
    assert run.state == "finished"
    assert run.summary()["loss"] == 0.25
    (version,) = server.records.collections["aivh", "ai_vs_human_model"].committed()
    assert version.id in run.logged


def test_a_client_that_takes_nothing_more_does_not_hold_a_training_up(
    place: WandbSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wandb_talk, "CLIENT", (sys.executable, "-c", "import time; time.sleep(60)"))
    monkeypatch.setattr(wandb_talk, "PATIENCE", 0.2)
    talk = WandbTalk(place, {"do": "run"})
    try:
        with pytest.raises(RegistryUnavailable, match="takes nothing more"):
            talk.tell({"do": "summary", "values": {"note": "x" * 1_000_000}})
    finally:
        talk.end()


def test_weights_and_biases_chooses_the_settings_of_a_sweep(
    server: WandbServer,
    place: WandbSettings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from classifier.training import network

    monkeypatch.setitem(network.BACKBONES, tiny.NAME, tiny.build)
    pictures = make_toy_pictures(tmp_path / "p", of_each=20)
    space = {
        "learning_rate": Range("log_uniform", (1e-3, 1e-1)),
        "degradation.blur": Range("choice", (0.5, 0.1)),
    }
    sweep = Sweep(replace(BASE, epochs=1), space, "val_nll_hard")
    registry = open_registry(root=tmp_path / "registry", wandb=place)
    found = run_sweep(sweep, pictures, tmp_path / "out", count=2, wandb=place, registry=registry)
    # The server's way of choosing: the lower end, the first of a list. Ours would differ.
    chosen = {"degradation.blur": 0.5, "learning_rate": 0.001}
    assert [(trial.number, trial.settings) for trial in found] == [(0, chosen), (1, chosen)]
    (remote,) = server.records.sweeps.values()
    assert remote.started[:2] == ["sweep0-run0", "sweep0-run1"]
    assert "minimize" in remote.config
    for name in remote.started[:2]:
        run = server.records.runs["aivh", name]
        assert run.state == "finished"
        assert [r["loss"] for r in run.parts("wandb-history.jsonl") if "loss" in r]

    found = run_sweep(sweep, pictures, tmp_path / "out", count=2, wandb=place)
    assert len(found) == 2
    own = [run for run in server.records.runs.values() if run.sweep == remote.name]
    assert len(own) == 2, "what is finished is not tried again"

    while registry.pending():
        registry.synchronise()
    assert registry.pending_runs() == [], "each trial told of itself while it learned"
    best = registry.best_of_sweep(remote.name, "val_nll_hard")
    assert best.run == "sweep0-run0", "both came to the same; only the first made a bundle"
    assert best.value == found[0].figures["val_nll_hard"]
    assert read_bundle(registry.get(best.reference)).digest == best.reference
