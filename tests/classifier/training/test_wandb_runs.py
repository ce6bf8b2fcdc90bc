"""Runs and sweeps on Weights & Biases, by the real client, against a server of our own."""

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from classifier.registry import WandbSettings
from classifier.training.learning import RECORD, recording
from classifier.training.sweep import run_sweep
from classifier.training.sweep_space import Range
from classifier.training.sweep_trials import Sweep
from tests.classifier.toy import make_toy_pictures
from tests.classifier.training import tiny
from tests.classifier.training.test_sweep import BASE
from tests.servers.wandb_records import Run
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


def streamed(run: Run, file: str) -> list[dict[str, Any]]:
    """The JSON lines of one of a run's streamed files, those that replace others included."""
    parts = [message["files"][file] for message in run.streamed if file in message.get("files", {})]
    return [json.loads(line) for part in parts for line in part["content"]]


def test_a_run_has_the_same_content_there_and_here(
    server: WandbServer, place: WandbSettings, tmp_path: Path
) -> None:
    with recording(tmp_path, name="first", resume=False, wandb=place) as record:
        record.settings({"config": {"epochs": 2}, "dataset": {"digest": "d" * 64}})
        record.images("augmented", [GREY], ["ai"])
        record.metrics(1, {"loss": 0.5})
        record.metrics(2, {"loss": 0.25, "val_auroc_hard": 0.75})
        record.summary({"energy": "not measured: no counter"})
    (run,) = server.records.runs.values()
    assert (run.project, run.state, run.job_type) == ("aivh", "finished", "train")
    config = json.loads(run.config)
    assert config["config"]["value"] == {"epochs": 2}
    assert config["dataset"]["value"] == {"digest": "d" * 64}
    history = {row["_step"]: row for row in streamed(run, "wandb-history.jsonl")}
    assert history[1]["loss"] == 0.5
    assert (history[2]["loss"], history[2]["val_auroc_hard"]) == (0.25, 0.75)
    assert history[0]["augmented"]["captions"] == ["ai"]
    assert "learning_curve" in history[2]
    summary: dict[str, Any] = {}
    for part in streamed(run, "wandb-summary.json"):
        summary |= part
    assert summary["energy"] == "not measured: no counter"
    sent = {file.name.rpartition("_")[0] for file in server.records.files.values() if file.body}
    assert {"media/images/augmented_0", "media/images/learning_curve_2"} <= sent
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


def test_a_training_goes_on_when_weights_and_biases_cannot_be_reached(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    nowhere = WandbSettings(
        entity=ENTITY, project="p", api_key=API_KEY, base_url="http://127.0.0.1:9", timeout=2
    )
    with (
        caplog.at_level(logging.WARNING),
        recording(tmp_path, name="first", resume=False, wandb=nowhere) as record,
    ):
        record.metrics(1, {"loss": 0.5})
    assert "The run goes on without Weights & Biases" in caplog.text
    assert API_KEY not in caplog.text
    assert json.loads((tmp_path / RECORD / "summary.json").read_text()) == {"finished": True}


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
    found = run_sweep(sweep, pictures, tmp_path / "out", count=2, wandb=place)
    # The server's way of choosing: the lower end, the first of a list. Ours would differ.
    chosen = {"degradation.blur": 0.5, "learning_rate": 0.001}
    assert [(trial.number, trial.settings) for trial in found] == [(0, chosen), (1, chosen)]
    (remote,) = server.records.sweeps.values()
    assert remote.started[:2] == ["sweep0-run0", "sweep0-run1"]
    assert "minimize" in remote.config
    for name in remote.started[:2]:
        run = server.records.runs["aivh", name]
        assert run.state == "finished"
        assert [r["loss"] for r in streamed(run, "wandb-history.jsonl") if "loss" in r]

    found = run_sweep(sweep, pictures, tmp_path / "out", count=2, wandb=place)
    assert len(found) == 2
    assert len(server.records.runs) == 2, "what is finished is not tried again"
