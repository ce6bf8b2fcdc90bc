"""``manage.py evaluate`` from pictures to files, on a toy detector."""

import csv
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from classifier.detector.bundle import BACKBONE, CARD, HEAD, REPLAY, read_bundle
from classifier.training.tiers import ALL_TIERS
from classifier.vocabulary import Label
from tests.classifier.toy import toy_bytes

AI, HUMAN = Label.AI, Label.HUMAN


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """40 pictures to learn baselines from, 40 to measure."""
    lines = ["path,label,source,generator,group,split"]
    for label in Label:
        for number in range(40):
            split = "train" if number % 2 else "test"
            path = f"{label}-{number}.png"
            (tmp_path / path).write_bytes(toy_bytes(label, number))
            lines.append(f"{path},{label},toys,{label}-{number % 4},{number // 4},{split}")
    manifest = tmp_path / "manifest.csv"
    manifest.write_text("\n".join(lines))
    return manifest


def test_a_folder_gets_figures_report_table_and_scores(
    pictures: Path, toy_bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    tiers = ",".join(ALL_TIERS)
    call_command(
        "evaluate", manifest=pictures, bundle=toy_bundle, tiers=tiers, output=out, threads=2
    )
    printed = capsys.readouterr()
    assert "100%  measured 40 of 40 pictures" in printed.err
    assert "Colour histogram only (clean) (n = 40)" in printed.out

    found = json.loads((out / "evaluation.json").read_text())
    assert set(found["tiers"]) == set(found["curves"]) == set(ALL_TIERS)
    assert found["bundle"] == read_bundle(toy_bundle).digest
    clean = found["tiers"]["clean"]
    assert (clean["n"], clean["n_ai"], clean["unit"]) == (40, 20, "group")
    for name in ("auroc", "average_precision", "nll", "brier", "ece", "ece_noise", "coverage"):
        assert clean[name]["low"] <= clean[name]["value"] <= clean[name]["high"]
    assert "flips" not in clean
    assert found["tiers"]["web"]["flips"]["value"] == 0
    assert {row["group"] for row in clean["groups"]} == {"ai-0", "ai-2", "human-0", "human-2"}
    assert set(found["baselines"]) == {"majority", "metadata", "colours"}
    assert list(found["baselines"]["metadata"]) == ["clean"]
    assert found["baselines"]["majority"]["web"]["balanced_accuracy"]["value"] == 0.5

    assert (out / "report.html").read_text().startswith("<!doctype html>")
    assert (out / "table.md").read_text().startswith("|  | clean (n = 40) |")
    scores = list(csv.DictReader((out / "scores.csv").read_text().splitlines()))
    detector = [row for row in scores if row["by"] == "detector"]
    assert len(detector) == 40 * len(ALL_TIERS)
    assert {row["verdict"] for row in detector} <= {"ai", "human", "uncertain"}


def test_a_copy_of_the_bundle_carries_the_figures(
    pictures: Path, toy_bundle: Path, tmp_path: Path
) -> None:
    left_out = tmp_path / "left_out.json"
    left_out.write_text(
        json.dumps({"what": "Left out for a test.", "tiers": {"clean": LEFT_OUT, "hard": LEFT_OUT}})
    )
    call_command(
        "evaluate",
        manifest=pictures,
        bundle=toy_bundle,
        tiers="clean,crop",
        into=tmp_path / "measured",
        card=tmp_path / "card.md",
        left_out=left_out,
    )
    before, after = read_bundle(toy_bundle), read_bundle(tmp_path / "measured")
    for name in (BACKBONE, HEAD, REPLAY):
        assert (after.path / name).read_bytes() == (before.path / name).read_bytes()
    assert after.judge().thresholds == before.judge().thresholds
    assert after.judge().calibration == before.judge().calibration
    assert after.lineage == before.lineage
    assert set(after.metrics["test"]) == {"clean", "crop"}
    assert after.metrics["test"]["crop"]["n"] == 40
    assert after.metrics["left_out"]["what"] == "Left out for a test."
    card = (after.path / CARD).read_text()
    assert "| clean (n = 40) | crop (n = 40) | Always the larger class (clean) (n = 40) |" in card
    assert "Left out for a test." in card
    assert "no more than chance gives" in card
    assert "| paint | human | 50 | 70.0% |" in card
    assert (tmp_path / "card.md").read_text().splitlines()[10:] == card.splitlines()[10:]

    with pytest.raises(CommandError, match=r"a bundle at .* already"):
        call_command(
            "evaluate",
            manifest=pictures,
            bundle=toy_bundle,
            tiers="clean",
            into=tmp_path / "measured",
        )


def test_one_broken_picture_is_left_out_and_said(
    pictures: Path, toy_bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "ai-0.png").write_bytes(b"this is no picture")
    output = tmp_path / "found.json"
    call_command("evaluate", manifest=pictures, bundle=toy_bundle, tiers="web", output=output)
    assert "Left out, because they cannot be read (1): " in capsys.readouterr().out
    found = json.loads(output.read_text())
    assert (found["tiers"]["web"]["n"], found["tiers"]["web"]["n_ai"]) == (39, 19)
    assert "Flips are counted against the clean tier, which was not measured." in found["notes"]


def test_baselines_are_not_measured_on_what_they_learned(
    pictures: Path, toy_bundle: Path, tmp_path: Path
) -> None:
    output = tmp_path / "found.json"
    call_command(
        "evaluate", manifest=pictures, bundle=toy_bundle, split="all", tiers="clean", output=output
    )
    found = json.loads(output.read_text())
    assert found["baselines"] == {}
    assert any(note.startswith("No baselines: they learn from") for note in found["notes"])


def _row(group: str, label: Label) -> dict[str, object]:
    return {
        "group": group,
        "label": label,
        "n": 50,
        "right_at_half": 0.7,
        "called_ai": 0.1,
        "called_human": 0.6,
        "uncertain": 0.3,
    }


LEFT_OUT = {
    "n": 100,
    "least": 20,
    "macro_balanced_accuracy": {"value": 0.7, "low": 0.6, "high": 0.8},
    "worst": _row("paint", HUMAN),
    "groups": [_row("paint", HUMAN), _row("flux", AI)],
}
