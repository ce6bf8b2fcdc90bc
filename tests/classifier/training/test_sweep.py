import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from classifier.registry.local import LocalRegistry
from classifier.training import network
from classifier.training.config import TrainingConfig, Validation
from classifier.training.config_file import ConfigError, read_config
from classifier.training.data.care import Care
from classifier.training.learning import RECORD
from classifier.training.record_folder import read_metrics
from classifier.training.sweep import BEST, run_sweep, sweep_id
from classifier.training.sweep_results import TABLE, Trial, ranked, trial_folder
from classifier.training.sweep_space import Range, read_space
from classifier.training.sweep_trials import BUNDLE, Sweep, Trials
from tests.classifier.toy import make_toy_pictures
from tests.classifier.training import tiny

BASE = replace(tiny.TINY, data=Care(on_bias="ignore", cropped_twins=False))
SPACE = {
    "learning_rate": Range("log_uniform", (1e-3, 1e-1)),
    "degradation.blur": Range("choice", (0.0, 0.2)),
}
SWEEP = Sweep(BASE, SPACE, "val_auroc_hard", seed=3)


@pytest.fixture(autouse=True)
def _tiny_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(network.BACKBONES, tiny.NAME, tiny.build)


def test_settings_are_drawn_from_the_space_and_stay_for_their_number() -> None:
    drawn = [SWEEP.settings(number) for number in range(40)]
    assert drawn == [SWEEP.settings(number) for number in range(40)]
    assert drawn[0] != replace(SWEEP, seed=4).settings(0)
    rates = [settings["learning_rate"] for settings in drawn]
    assert min(rates) >= 1e-3
    assert max(rates) <= 1e-1
    assert 10 < sum(rate < 1e-2 for rate in rates) < 30, "evenly over the orders of magnitude"
    assert {settings["degradation.blur"] for settings in drawn} == {0.0, 0.2}
    assert {Range("int_uniform", (1, 3)).draw(_rng(n)) for n in range(40)} == {1, 2, 3}


def test_a_sweep_keeps_each_trial_and_finds_the_best(tmp_path: Path) -> None:
    pictures, out = make_toy_pictures(tmp_path / "p", of_each=20), tmp_path / "out"
    found = run_sweep(SWEEP, pictures, out, count=3)
    assert sorted(trial.number for trial in found) == [0, 1, 2]
    scores = [trial.figures["val_auroc_hard"] for trial in found]
    assert scores == sorted(scores, reverse=True)
    for trial in found:
        assert trial.settings == SWEEP.settings(trial.number)
        rows = read_metrics(trial_folder(out, trial.number) / RECORD)
        assert len(rows) == BASE.epochs
        assert rows[-1]["val_auroc_hard"] == trial.figures["val_auroc_hard"]
    with (out / TABLE).open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row["trial"]) for row in rows] == [trial.number for trial in found]
    best = read_config(out / BEST)
    assert best.learning_rate == found[0].settings["learning_rate"]
    assert best.degradation.blur == found[0].settings["degradation.blur"]
    assert replace(best, learning_rate=BASE.learning_rate, degradation=BASE.degradation) == BASE

    stamps = {path: path.stat().st_mtime_ns for path in out.glob("trial-*/result.json")}
    again = run_sweep(SWEEP, pictures, out, count=4)
    assert len(again) == 4, "only the fourth was left to try"
    assert all(path.stat().st_mtime_ns == stamp for path, stamp in stamps.items())


def test_the_best_trial_of_a_local_sweep_gives_its_bundle(tmp_path: Path) -> None:
    pictures, out = make_toy_pictures(tmp_path / "p", of_each=20), tmp_path / "out"
    registry = LocalRegistry(tmp_path / "registry")

    first, *others = run_sweep(SWEEP, pictures, out, count=2, registry=registry)

    best = registry.best_of_sweep(sweep_id(out), "val_auroc_hard")
    assert (best.name, best.value) == (f"trial {first.number}", first.figures["val_auroc_hard"])
    assert registry.get(best.reference).is_dir()
    assert 0.0 <= first.figures["train/epoch_acc"] <= 1.0
    kept = registry.runs.of_sweep(sweep_id(out))
    assert sorted(run.name for run, _ in kept) == ["trial 0", "trial 1"]
    made = [
        trial.number
        for trial in (first, *others)
        if (trial_folder(out, trial.number) / BUNDLE).is_dir()
    ]
    assert first.number in made
    assert 0 in made, "the first was the best so far"


def test_another_sweep_does_not_go_into_the_same_folder(tmp_path: Path) -> None:
    pictures, out = make_toy_pictures(tmp_path / "p", of_each=20), tmp_path / "out"
    run_sweep(SWEEP, pictures, out, count=0)
    with pytest.raises(ConfigError, match="holds another sweep: seed differ"):
        run_sweep(replace(SWEEP, seed=4), pictures, out, count=1)


def test_a_trial_that_cannot_learn_is_kept_as_a_result(tmp_path: Path) -> None:
    pictures, out = make_toy_pictures(tmp_path / "p", of_each=20), tmp_path / "out"
    wild = Sweep(
        replace(BASE, epochs=4), {"learning_rate": Range("choice", (1e38, 1e38))}, "val_nll"
    )
    (failed,) = run_sweep(wild, pictures, out, count=1)
    assert failed.figures == {}
    assert "The loss is not a number any more" in failed.failed
    assert not (out / BEST).exists()


def test_the_best_has_the_most_auroc_or_the_least_nll_and_failures_come_last() -> None:
    def trial(number: int, value: float | None) -> Trial:
        figures = {} if value is None else {"val_nll": value, "val_auroc": value}
        return Trial(number, {}, figures, 1.0, "" if figures else "it did not learn")

    trials = [trial(0, 0.4), trial(1, None), trial(2, 0.9), trial(3, 0.6)]
    assert [one.number for one in ranked(trials, "val_auroc")] == [2, 3, 0, 1]
    assert [one.number for one in ranked(trials, "val_nll")] == [0, 3, 2, 1]


def test_the_figures_of_a_trial_are_those_of_the_weights_that_were_kept() -> None:
    rows = [{"epoch": n, "val_auroc": v, "loss": 1.0} for n, v in ((1, 0.7), (2, 0.9), (3, 0.8))]
    patient = replace(BASE, validation=Validation(patience=1))
    last = Trials(Sweep(BASE, SPACE, "val_auroc"), None, Path())  # type: ignore[arg-type]
    best = Trials(Sweep(patient, SPACE, "val_auroc"), None, Path())  # type: ignore[arg-type]
    assert last._kept(rows) == {"val_auroc": 0.8}
    assert best._kept(rows) == {"val_auroc": 0.9}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{}", "names no setting to vary"),
        ("epochz: [1]", "`epochz` is no setting"),
        ("epochs: 3", "`epochs` needs one of choice, uniform, log_uniform, int_uniform"),
        ("epochs: {pick: [1]}", "`epochs` needs one of"),
        ("epochs: [1, many]", "`epochs` must be a whole number"),
        ("learning_rate: {uniform: [1]}", "uniform needs two numbers"),
        ("learning_rate: {uniform: [2, 1]}", "uniform needs a lower and a higher number"),
        ("learning_rate: {log_uniform: [0, 1]}", "log_uniform needs a lower and a higher"),
        ("degradation.blur: {uniform: [0, 2]}", "In `degradation`: `blur` is a share"),
    ],
)
def test_a_space_that_cannot_be_used_is_refused_by_name(
    tmp_path: Path, content: str, said: str
) -> None:
    (tmp_path / "space.yaml").write_text(content)
    with pytest.raises(ConfigError, match=said):
        read_space(tmp_path / "space.yaml", TrainingConfig())


def test_a_space_is_read_as_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "space.yaml").write_text(
        "learning_rate: {log_uniform: [1e-4, 1e-2]}\nema: [9e-1, 0.5]\n"
        "batch: [16, 32]\nepochs: {int_uniform: [1, 3]}\n"
    )
    assert read_space(tmp_path / "space.yaml", TrainingConfig()) == {
        "learning_rate": Range("log_uniform", (1e-4, 1e-2)),
        "ema": Range("choice", (0.9, 0.5)),
        "batch": Range("choice", (16, 32)),
        "epochs": Range("int_uniform", (1, 3)),
    }


@pytest.mark.parametrize(
    ("change", "metric", "said"),
    [
        ({}, "accuracy", "`metric` must be one of val_auroc"),
        ({"devices": 2}, "val_nll", "A sweep trains on one device"),
        ({"epochs": 0}, "val_nll", "`validation.every` above 0 and within `epochs`"),
    ],
)
def test_a_sweep_that_could_not_be_decided_is_refused(
    change: dict[str, Any], metric: str, said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        Sweep(replace(BASE, **change), SPACE, metric)


def test_the_command_prints_the_table_and_where_the_best_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "space.yaml").write_text("learning_rate: [1e-3, 1e-2]\n")
    options = {
        "manifest": make_toy_pictures(tmp_path / "p", of_each=20),
        "space": tmp_path / "space.yaml",
        "out": tmp_path / "out",
        "trials": 1,
        "network": tiny.NAME,
        "epochs": 1,
        "crop": 32,
        "changes": ["data.cropped_twins=false", "data.on_bias=ignore"],
    }
    call_command("sweep", **options)
    said = capsys.readouterr().out
    assert "trial   0  val_auroc_hard 0." in said or "trial   0  val_auroc_hard 1." in said
    assert f"The best settings are in {tmp_path / 'out' / BEST}." in said
    with pytest.raises(CommandError, match="`metric` must be one of"):
        call_command("sweep", **options, metric="accuracy")


def _rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)
