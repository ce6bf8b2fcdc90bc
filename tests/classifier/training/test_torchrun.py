"""``manage.py train`` under torchrun, which starts the processes itself and sets their ranks."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import Tensor

from classifier.detector.bundle import read_bundle
from classifier.training.checkpoint import load_weights_file
from classifier.training.learning import RECORD
from classifier.training.network import Network
from classifier.training.record_folder import read_metrics
from tests.classifier.toy import make_toy_pictures
from tests.classifier.training import tiny
from tests.classifier.training.test_train_command import QUICK
from tests.requirements import ROOT

TORCHRUN = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python from the project's root, as a shell without a rank would."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={key: value for key, value in os.environ.items() if "RANK" not in key},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )


def learned(pictures: Path, out: Path, processes: int) -> dict[str, Tensor]:
    """What the tiny network learns in so many processes, of which only the first tells."""
    out.mkdir()
    module = ("-m", "tests.classifier.training.tiny", str(pictures), str(out), "1")
    done = run(*TORCHRUN, str(processes), *module)
    assert done.returncode == 0, done.stderr
    told = [line for line in done.stdout.splitlines() if line.startswith("TOLD")]
    assert len(told) == tiny.TINY.epochs
    return load_weights_file(out / tiny.WEIGHTS)[0]


def test_two_processes_of_torchrun_learn_what_one_does(tmp_path: Path) -> None:
    pictures = make_toy_pictures(tmp_path / "p", of_each=16)
    alone = tiny.learned_alone(pictures, tmp_path / "1")
    together = learned(pictures, tmp_path / "2", 2)
    assert alone.keys() == together.keys()
    for name, value in alone.items():
        assert torch.allclose(value, together[name], atol=1e-5), name
    assert not torch.equal(alone["head.weight"], Network(tiny.build("")).head.weight)


@pytest.mark.slow
def test_manage_py_train_makes_one_bundle_and_one_record(tmp_path: Path) -> None:
    (tmp_path / "quick.yaml").write_text(QUICK)
    pictures = make_toy_pictures(tmp_path / "p", of_each=20)
    done = run(
        *(*TORCHRUN, "2", "manage.py", "train", "--manifest", str(pictures)),
        *("--out", str(tmp_path / "run"), "--config", str(tmp_path / "quick.yaml")),
        *("--set", "accelerator=cpu"),
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("looked at 40 of 40 pictures") == 1
    assert done.stdout.count("epoch 1 of 1") == 1
    assert done.stdout.count("The bundle is at") == 1
    assert read_bundle(tmp_path / "run" / "bundle", verify=True).name == "bundle"
    assert len(read_metrics(tmp_path / "run" / RECORD)) == 1


def test_nodes_that_cannot_be_are_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "quick.yaml").write_text(QUICK)
    pictures = make_toy_pictures(tmp_path / "p", of_each=20)
    done = run(
        *(*TORCHRUN, "2", "manage.py", "train", "--manifest", str(pictures)),
        *("--out", str(tmp_path / "run"), "--config", str(tmp_path / "quick.yaml")),
        *("--set", "accelerator=cpu", "--set", "nodes=3"),
    )
    assert done.returncode != 0
    assert "`nodes` (3) must divide the 2 processes that torchrun started." in done.stderr
    assert not (tmp_path / "run" / "bundle").exists()
