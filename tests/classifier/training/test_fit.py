import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from classifier.training.checkpoint import load_weights_file
from classifier.training.config import Precision, TrainingConfig, Validation
from classifier.training.config_file import ConfigError
from classifier.training.dataset import Pictures, load_pictures
from classifier.training.fit import BEST, CHECKPOINT, EPOCH_ACCURACY, fit
from classifier.training.manifest import read_entries
from classifier.training.network import Network
from classifier.training.progress import Progress
from classifier.training.record_folder import FolderRecord, read_metrics
from classifier.training.validation import Watch
from classifier.vocabulary import Label
from tests.classifier.toy import make_toy_pictures
from tests.classifier.training import tiny

SHORT = TrainingConfig(epochs=2, batch=4, crop=32, threads=1)
ROOT = Path(__file__).parents[3]


class Interrupted(Exception):
    pass


def go_on(share: float, words: str) -> None:
    pass


def stop(share: float, words: str) -> None:
    raise Interrupted


@pytest.fixture
def pictures(tmp_path: Path) -> Pictures:
    return load_pictures(read_entries(make_toy_pictures(tmp_path / "p", of_each=8)))


@pytest.fixture
def tiny_network(monkeypatch: pytest.MonkeyPatch) -> None:
    from classifier.training import network

    monkeypatch.setitem(network.BACKBONES, tiny.NAME, tiny.build)


def trained(
    pictures: Pictures, config: TrainingConfig, out: Path, *, resume: bool = False
) -> dict[str, Tensor]:
    out.mkdir(exist_ok=True)
    return dict(fit(pictures, config, out, resume=resume, progress=go_on).state_dict())


def same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[key], other[key]) for key in one)


def test_the_same_seed_gives_the_same_weights_to_the_last_bit(
    pictures: Pictures, tmp_path: Path
) -> None:
    first = trained(pictures, SHORT, tmp_path / "1")
    assert same(first, trained(pictures, SHORT, tmp_path / "2"))
    assert not same(first, trained(pictures, replace(SHORT, seed=8), tmp_path / "3"))


def test_a_resumed_run_ends_exactly_where_an_unbroken_one_does(
    pictures: Pictures, tmp_path: Path
) -> None:
    expected = trained(pictures, SHORT, tmp_path / "whole")
    broken = tmp_path / "broken"
    broken.mkdir()
    with pytest.raises(Interrupted):
        fit(pictures, SHORT, broken, resume=False, progress=stop)
    assert (broken / CHECKPOINT).is_file()
    assert same(expected, trained(pictures, SHORT, broken, resume=True))
    assert np.abs(expected["head.weight"].numpy()).max() > 0


def test_without_epochs_the_network_stays_as_it_was(pictures: Pictures, tmp_path: Path) -> None:
    weights = trained(pictures, replace(SHORT, epochs=0), tmp_path / "out")
    assert weights["head.weight"].abs().max() == 0
    assert not list((tmp_path / "out").iterdir())


def test_a_loss_that_is_no_number_stops_the_training(
    pictures: Pictures, tmp_path: Path, tiny_network: None
) -> None:
    with pytest.raises(FloatingPointError, match="try a lower learning rate"):
        trained(pictures, replace(tiny.TINY, learning_rate=1e38, epochs=4), tmp_path / "out")


@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed"])
def test_it_learns_in_either_precision(
    precision: Precision, pictures: Pictures, tmp_path: Path, tiny_network: None
) -> None:
    config = replace(tiny.TINY, precision=precision, epochs=3)
    record = FolderRecord(tmp_path / "record")
    fit(pictures, config, tmp_path, resume=False, progress=go_on, record=record)
    rows = read_metrics(tmp_path / "record")
    losses = [row["loss"] for row in rows]
    assert len(losses) == 3
    assert 0.5 < rows[-1][EPOCH_ACCURACY] <= 1.0
    assert losses[-1] < losses[0] < 1.0


def test_what_the_machine_or_the_batch_does_not_allow_is_said(
    pictures: Pictures, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match="`precision` 16-mixed needs a GPU"):
        trained(pictures, replace(SHORT, accelerator="cpu", precision="16-mixed"), tmp_path)
    with pytest.raises(ConfigError, match=r"`batch` \(3\) must be a multiple of the 2 devices"):
        trained(pictures, replace(SHORT, accelerator="cpu", batch=3, devices=2), tmp_path)
    if not torch.cuda.is_available():
        with pytest.raises(ConfigError, match="This machine cannot train that way"):
            trained(pictures, replace(SHORT, accelerator="cuda"), tmp_path)


class Scripted(Watch):
    """Says what it is told to, one AUROC for each look."""

    def __init__(self, says: Sequence[float]) -> None:
        super().__init__([Label.AI], {})
        object.__setattr__(self, "says", iter(says))

    def measure(self, network: object) -> dict[str, float]:
        value = next(self.says)
        return {"val_auroc": value, "val_auroc_clean": value, "val_auroc_hard": value}


def test_it_stops_when_nothing_gets_better_and_keeps_the_best(
    pictures: Pictures, tmp_path: Path, tiny_network: None
) -> None:
    config = replace(tiny.TINY, epochs=9, validation=Validation(patience=2))
    watch, record = Scripted([0.6, 0.8, 0.7, 0.8, 0.9]), FolderRecord(tmp_path / "record")
    kept = fit(pictures, config, tmp_path, resume=False, progress=go_on, watch=watch, record=record)
    assert [row["val_auroc"] for row in read_metrics(tmp_path / "record")] == [0.6, 0.8, 0.7, 0.8]
    weights, said = load_weights_file(tmp_path / BEST)
    assert said == {"epoch": "2"}
    assert same(dict(kept.state_dict()), weights)
    assert not same(weights, _averages(tmp_path / CHECKPOINT)), "the last weights are others"


def test_a_resumed_run_remembers_how_long_nothing_got_better(
    pictures: Pictures, tmp_path: Path, tiny_network: None
) -> None:
    config = replace(tiny.TINY, epochs=9, validation=Validation(patience=2))

    def learn(says: Sequence[float], progress: Progress, *, resume: bool) -> None:
        record = FolderRecord(tmp_path / "record")
        fit(
            pictures, config, tmp_path, resume=resume, progress=progress,
            watch=Scripted(says), record=record,
        )  # fmt: skip

    def stop_at_third(share: float, words: str) -> None:
        if words.startswith("epoch 3"):
            raise Interrupted

    with pytest.raises(Interrupted):
        learn([0.6, 0.8, 0.7], stop_at_third, resume=False)
    learn([0.75, 0.9], go_on, resume=True)
    assert [row["epoch"] for row in read_metrics(tmp_path / "record")] == [1, 2, 3, 4]
    assert load_weights_file(tmp_path / BEST)[1] == {"epoch": "2"}


def test_two_processes_learn_what_one_does_from_the_same_batches(
    pictures: Pictures, tmp_path: Path
) -> None:
    alone = tiny.learned_alone(tmp_path / "p", tmp_path / "1")
    together = _in_two_processes(tmp_path / "p", tmp_path / "2")
    assert alone.keys() == together.keys()
    for name, value in alone.items():
        assert torch.allclose(value, together[name], atol=1e-5), name
    assert not torch.equal(alone["head.weight"], Network(tiny.build("")).head.weight)


def _in_two_processes(folder: Path, out: Path) -> dict[str, Tensor]:
    out.mkdir()
    module = "tests.classifier.training.tiny"
    done = subprocess.run(
        [sys.executable, "-m", module, str(folder), str(out), "2"],
        cwd=ROOT,
        env={key: value for key, value in os.environ.items() if "RANK" not in key},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = [line for line in done.stdout.splitlines() if line.startswith("TOLD")]
    assert len(told) == tiny.TINY.epochs, "only the first process tells"
    return load_weights_file(out / tiny.WEIGHTS)[0]


def _averages(path: Path) -> dict[str, Tensor]:
    tensors, said = load_weights_file(path)
    assert json.loads(said["notes"])["best"]["epoch"] == 2
    start = "average."
    return {k.removeprefix(start): v for k, v in tensors.items() if k.startswith(start)}
