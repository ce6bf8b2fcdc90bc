import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from classifier.detector.bundle import read_bundle
from classifier.registry.runs import model_of, read_run
from classifier.training.learning import RECORD
from classifier.training.record_folder import read_metrics
from tests.classifier.toy import make_toy_pictures

ROOT = Path(__file__).parents[3]
QUICK = """
epochs: 1
batch: 8
crop: 32
threads: 1
validation: {pictures: 4}
data: {cropped_twins: false, on_bias: ignore}
preprocessing: {crop: 64, max_crops: 1}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "quick.yaml").write_text(QUICK)
    return tmp_path / "quick.yaml"


def test_settings_come_from_the_file_then_from_set_then_from_options(
    tmp_path: Path, config: Path
) -> None:
    call_command(
        "train",
        manifest=make_toy_pictures(tmp_path / "p", of_each=20),
        out=tmp_path / "run",
        config=config,
        changes=["degradation.blur=0.5", "seed=3", "epochs=0"],
        seed=4,
    )
    said = read_bundle(tmp_path / "run" / "bundle").lineage
    told = said["config"]
    assert (told["batch"], told["degradation"]["blur"], told["seed"]) == (8, 0.5, 4)
    assert said["kind"] == "frozen features"
    record = json.loads((tmp_path / "run" / RECORD / "config.json").read_text())
    assert record["dataset"]["digest"] == said["dataset_digest"]
    assert record["config"]["seed"] == 4


def test_a_run_leaves_its_record_beside_the_bundle(tmp_path: Path, config: Path) -> None:
    pictures = make_toy_pictures(tmp_path / "p", of_each=20)
    call_command("train", manifest=pictures, out=tmp_path / "run", config=config)
    record = tmp_path / "run" / RECORD
    (row,) = read_metrics(record)
    assert {"loss", "val_auroc_clean", "val_auroc_hard", "val_nll", "seconds"} <= row.keys()
    assert 0.0 <= row["train/epoch_acc"] <= 1.0
    summary = json.loads((record / "summary.json").read_text())
    bundle = read_bundle(tmp_path / "run" / "bundle")
    assert summary["bundle_digest"] == bundle.digest
    assert model_of(record) == bundle.digest
    assert read_run(record).name == "bundle"
    config_digest = json.loads((record / "config.json").read_text())["dataset"]["digest"]
    dataset = json.loads((record / "dataset.json").read_text())
    assert dataset["reference"] == f"sha256:{config_digest}"
    assert summary["test_clean_auroc"] == bundle.metrics["test"]["clean"]["auroc"]["value"]
    assert summary["finished"] is True
    assert "energy" in summary
    assert len(list((record / "images" / "augmented").glob("*.png"))) == 8
    assert (record / "learning_curve.png").is_file()


def test_a_run_is_resumed_only_with_the_settings_that_it_began_with(
    tmp_path: Path, config: Path
) -> None:
    options = {"manifest": make_toy_pictures(tmp_path / "p", of_each=20), "config": config}
    call_command("train", out=tmp_path / "run", name="first", **options)
    with pytest.raises(CommandError, match=r"other settings of learning_rate\. Resume it"):
        call_command(
            "train", out=tmp_path / "run", name="second", resume=True, learning_rate=1e-3, **options
        )
    assert not (tmp_path / "run" / "second").exists()
    call_command("train", out=tmp_path / "run", name="second", resume=True, threads=2, **options)
    heads = [tmp_path / "run" / name / "head.safetensors" for name in ("first", "second")]
    assert heads[0].read_bytes() == heads[1].read_bytes()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("epochz=1", "`epochz` is no setting"),
        ("network=lenet", "`network` must be one of .*efficientnet-lite0"),
        ("reconstructions=nowhere", r"nowhere/manifest\.csv cannot be read"),
    ],
)
def test_settings_that_cannot_be_used_are_refused(
    tmp_path: Path, config: Path, change: str, said: str
) -> None:
    pictures = make_toy_pictures(tmp_path / "p", of_each=20)
    with pytest.raises(CommandError, match=said):
        call_command(
            "train", manifest=pictures, out=tmp_path / "run", config=config, changes=[change]
        )
    assert not (tmp_path / "run" / "bundle").exists()


def test_two_processes_make_one_bundle_and_one_record(tmp_path: Path, config: Path) -> None:
    pictures = make_toy_pictures(tmp_path / "p", of_each=20)
    done = subprocess.run(
        [
            sys.executable, "manage.py", "train", "--manifest", str(pictures),
            "--out", str(tmp_path / "run"), "--config", str(config),
            "--set", "devices=2", "--set", "accelerator=cpu",
        ],
        cwd=ROOT,
        env={key: value for key, value in os.environ.items() if "RANK" not in key},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("epoch 1 of 1") == 1
    assert done.stdout.count("The bundle is at") == 1
    bundle = read_bundle(tmp_path / "run" / "bundle", verify=True)
    assert bundle.lineage["config"]["devices"] == 2
    assert len(read_metrics(tmp_path / "run" / RECORD)) == 1
