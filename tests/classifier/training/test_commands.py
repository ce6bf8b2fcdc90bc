import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from classifier.detector.bundle import read_bundle
from classifier.training.evaluate import evaluate
from tests.classifier.toy import make_toy_pictures


def test_train_makes_a_bundle_and_never_overwrites_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pictures = make_toy_pictures(tmp_path / "pictures")
    options = {"manifest": pictures, "out": tmp_path / "run", "epochs": 0, "threads": 1}
    call_command("train", **options)
    bundle = read_bundle(tmp_path / "run" / "bundle")
    assert bundle.lineage["kind"] == "frozen features"
    assert bundle.lineage["config"]["epochs"] == 0
    assert bundle.metrics["test"]["clean"]["auroc"]["value"] == 1.0
    assert f"The bundle is at {bundle.path}." in capsys.readouterr().out

    with pytest.raises(CommandError, match="a finished bundle"):
        call_command("train", **options)
    assert read_bundle(bundle.path) == bundle


def test_train_says_what_is_wrong_with_the_pictures(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="needs a folder for each class"):
        call_command("train", manifest=tmp_path, out=tmp_path / "run")


def test_evaluate_prints_a_table_and_writes_json(
    tmp_path: Path, toy_bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pictures = make_toy_pictures(tmp_path / "pictures", of_each=20)
    call_command(
        "evaluate",
        manifest=pictures,
        bundle=toy_bundle,
        split="all",
        tiers="clean,web",
        output=tmp_path / "figures.json",
    )
    table = capsys.readouterr().out
    assert "| AUROC | 1.000 (1.000–1.000) | 1.000 (1.000–1.000) |" in table
    assert "clean (n = 40) | web (n = 40)" in table
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert figures["bundle"] == read_bundle(toy_bundle).digest
    assert figures["tiers"]["clean"]["n"] == 40
    assert figures["tiers"]["clean"]["recall"]["value"] == 1.0


def test_evaluate_refuses_what_it_cannot_measure(tmp_path: Path, toy_bundle: Path) -> None:
    pictures = make_toy_pictures(tmp_path / "pictures", of_each=2)
    with pytest.raises(CommandError, match="Unknown tiers: muddy"):
        call_command("evaluate", manifest=pictures, bundle=toy_bundle, tiers="muddy")
    with pytest.raises(CommandError, match="No picture"):
        call_command("evaluate", manifest=pictures, bundle=toy_bundle, pool="nowhere")
    with pytest.raises(CommandError, match="no readable bundle"):
        call_command("evaluate", manifest=pictures, bundle=tmp_path, split="all")


def test_an_unknown_tier_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        evaluate(None, [], ["muddy"], lambda share, words: None)  # type: ignore[arg-type]
