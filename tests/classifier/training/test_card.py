import json
from pathlib import Path

from classifier.detector.bundle import CARD, MANIFEST, read_bundle, shipped_bundle_path
from classifier.training.card import model_card

OLD = {
    "n",
    "n_ai",
    "auroc",
    "balanced_accuracy",
    "false_accusation_rate",
    "recall",
    "coverage",
    "answered_accuracy",
    "groups",
}


def test_the_card_says_what_it_learned_from_and_that_it_proves_nothing(toy_bundle: Path) -> None:
    card = (toy_bundle / CARD).read_text()
    assert card.startswith("# toy\n")
    assert "not proof" in card
    assert "- pictures: train " in card
    assert "| AUROC | 1.000" in card
    assert "| ai | ai |" in card


def test_the_shipped_card_repeats_the_figures_of_its_bundle() -> None:
    bundle = read_bundle(shipped_bundle_path())
    card = (bundle.path / CARD).read_text()
    for tier in bundle.metrics["test"].values():
        for figure in ("auroc", "balanced_accuracy", "false_accusation_rate"):
            assert f"{tier[figure]['value']:.3f}" in card
    for source in bundle.lineage["sources"]:
        assert source in card


def test_the_card_of_an_older_bundle_has_no_row_without_a_figure() -> None:
    old = {
        tier: {key: part for key, part in figures.items() if key in OLD}
        for tier, figures in read_bundle(shipped_bundle_path()).metrics["test"].items()
    }
    manifest = json.loads((shipped_bundle_path() / MANIFEST).read_text())
    without = model_card({**manifest, "metrics": {"test": old}})
    assert "| AUROC | 0." in without
    assert "Brier" not in without
    assert "Whether the probability can be believed" not in without
    assert "left out of learning" not in without


def test_a_new_bundle_says_whether_its_probability_can_be_believed(toy_bundle: Path) -> None:
    card = (toy_bundle / CARD).read_text()
    assert "| Calibration error (ECE) | 0." in card
    assert "## Whether the probability can be believed" in card
