from pathlib import Path

from classifier.detector.bundle import CARD, read_bundle, shipped_bundle_path


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
