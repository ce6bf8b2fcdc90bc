"""The descriptions of training jobs: Google's field names, one image, commands that exist.

No job is started: there is no account here. What the image would run is run without it.
"""

import os
import re
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import yaml

from classifier.detector.bundle import read_bundle
from classifier.training.config_file import read_config
from classifier.vocabulary import Label
from tests.classifier.toy import toy_bytes
from tests.classifier.training.test_train_command import QUICK
from tests.requirements import ROOT
from worker.services.manifest import Line, manifest_bytes

VERTEX = ROOT / "deploy" / "vertex" / "training.yaml"
ENGINE = ROOT / "deploy" / "compute-engine" / "training.yaml"
SCRIPT = ROOT / "deploy" / "train.sh"
DOCKERFILE = ROOT / "deploy" / "Dockerfile"
IMAGE = "REGION-docker.pkg.dev/PROJECT/aivh/aivh-trainer"

# The fields of CustomJobSpec and what it holds, as Vertex AI's REST reference (v1) names them.
JOB = {
    "workerPoolSpecs", "scheduling", "serviceAccount", "network", "baseOutputDirectory",
    "enableWebAccess", "tensorboard", "persistentResourceId", "reservedIpRanges",
}  # fmt: skip
POOL = {"machineSpec", "replicaCount", "diskSpec", "containerSpec", "nfsMounts"}
MACHINE = {"machineType", "acceleratorType", "acceleratorCount"}
DISK = {"bootDiskType", "bootDiskSizeGb"}
CONTAINER = {"imageUri", "command", "args", "env"}
SCHEDULING = {
    "timeout",
    "restartJobOnWorkerRestart",
    "strategy",
    "disableRetries",
    "maxWaitDuration",
}


@pytest.fixture(scope="module")
def job() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(VERTEX.read_text())
    return found


@pytest.fixture(scope="module")
def machine() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(ENGINE.read_text())
    return found


def test_vertex_knows_every_field(job: dict[str, Any]) -> None:
    assert set(job) <= JOB
    [pool] = job["workerPoolSpecs"]
    assert set(pool) <= POOL
    assert set(pool["machineSpec"]) <= MACHINE
    assert set(pool["diskSpec"]) <= DISK
    assert set(pool["containerSpec"]) <= CONTAINER
    assert all(set(variable) == {"name", "value"} for variable in pool["containerSpec"]["env"])
    assert set(job["scheduling"]) <= SCHEDULING
    assert re.fullmatch(r"\d+s", job["scheduling"]["timeout"])
    assert all(isinstance(word, str) for word in pool["containerSpec"]["args"])


def test_both_jobs_run_the_trainer_image(job: dict[str, Any], machine: dict[str, Any]) -> None:
    assert job["workerPoolSpecs"][0]["containerSpec"]["imageUri"] == IMAGE
    [unit] = machine["write_files"]
    assert IMAGE in unit["content"]
    dockerfile = DOCKERFILE.read_text()
    assert "--target trainer --tag aivh-trainer" in dockerfile
    assert '--editable ".[training]"' in dockerfile


def test_both_jobs_run_the_script_with_settings_that_exist(
    job: dict[str, Any], machine: dict[str, Any]
) -> None:
    container = job["workerPoolSpecs"][0]["containerSpec"]
    assert os.access(SCRIPT, os.X_OK)
    assert [ROOT / word for word in container["command"]] == [SCRIPT]
    words = " ".join([*container["command"], *container["args"]])
    assert words == "deploy/train.sh SNAPSHOT --config configs/fine-tuned.yaml"
    assert words in machine["write_files"][0]["content"]
    config = read_config(ROOT / "configs" / "fine-tuned.yaml")
    assert config.epochs > 0
    assert config.batch % job["workerPoolSpecs"][0]["machineSpec"]["acceleratorCount"] == 0


def test_every_variable_is_one_that_somebody_reads(
    job: dict[str, Any], machine: dict[str, Any]
) -> None:
    names = [one["name"] for one in job["workerPoolSpecs"][0]["containerSpec"]["env"]]
    names += re.findall(r"--env (\w+)=", machine["write_files"][0]["content"])
    readers = (ROOT / "aivh" / "env.py").read_text() + SCRIPT.read_text()
    for name in set(names) - {"LD_LIBRARY_PATH"}:
        assert re.search(rf'"{name}"|{{{name}:-', readers), name


def test_the_machine_is_one_that_cloud_init_understands(machine: dict[str, Any]) -> None:
    assert ENGINE.read_text().startswith("#cloud-config\n")
    assert set(machine) == {"write_files", "runcmd"}
    unit = machine["write_files"][0]
    assert set(unit) == {"path", "permissions", "content"}
    assert unit["permissions"] == "0644"
    assert re.findall(r"^\[(\w+)\]$", unit["content"], re.MULTILINE) == ["Unit", "Service"]
    assert any(Path(unit["path"]).name in command for command in machine["runcmd"])


@pytest.mark.slow
def test_the_script_trains_on_a_snapshot_and_stores_the_bundle(tmp_path: Path) -> None:
    digest = store_snapshot(tmp_path / "data" / "media")
    (tmp_path / "quick.yaml").write_text(QUICK)
    command = [str(SCRIPT), digest[:12], "--config", str(tmp_path / "quick.yaml")]
    environment = {key: value for key, value in os.environ.items() if "RANK" not in key} | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "AIVH_DATA_DIR": str(tmp_path / "data"),
        "TRAINING_FOLDER": str(tmp_path / "training"),
    }
    done = subprocess.run(
        command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=280,
        check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    reference = done.stdout.splitlines()[-1]
    stored = read_bundle(tmp_path / "data" / "registry" / "bundles" / reference)
    assert stored.digest == reference
    assert not (tmp_path / "data" / "aivh.sqlite3").exists(), "no database is asked"


def test_without_a_snapshot_the_script_says_what_it_wants(tmp_path: Path) -> None:
    done = subprocess.run([str(SCRIPT)], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "Name the snapshot: deploy/train.sh SNAPSHOT" in done.stderr


def store_snapshot(storage: Path, *, of_each: int = 40) -> str:
    """Write a snapshot with its pictures as the site does; returns its digest."""
    lines = []
    for seed in range(of_each):
        for label in Label:
            data = toy_bytes(label, seed)
            name = sha256(data).hexdigest()
            picture = storage / "images" / name[:2] / f"{name}.png"
            picture.parent.mkdir(parents=True, exist_ok=True)
            picture.write_bytes(data)
            lines.append(Line(name, label.value, "train", (seed,), name, "page"))
    content = manifest_bytes(sorted(lines, key=lambda line: line.sha256))
    digest = sha256(content).hexdigest()
    manifest = storage / "snapshots" / digest / "manifest.jsonl"
    manifest.parent.mkdir(parents=True)
    manifest.write_bytes(content)
    return digest
