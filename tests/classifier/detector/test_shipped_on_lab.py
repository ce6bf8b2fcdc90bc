"""The shipped detector on pictures of the lab's test split, which it never learned from."""

import numpy as np

from classifier.detector.bundle import shipped_bundle_path
from classifier.detector.detector import Detector
from classifier.training.evaluate import evaluate
from classifier.training.manifest import read_csv
from classifier.vocabulary import Label
from tests.requirements import require_lab_data

OF_EACH = 40


def test_it_keeps_what_its_card_promises() -> None:
    held_out = [
        entry
        for entry in read_csv(require_lab_data() / "manifest.csv")
        if (entry.pool, entry.split) == ("train", "test")
    ]
    chosen = []
    for label in Label:
        of_label = [entry for entry in held_out if entry.label is label]
        spread = np.linspace(0, len(of_label) - 1, OF_EACH).astype(int)
        chosen += [of_label[place] for place in spread]
    detector = Detector.load(shipped_bundle_path())

    metrics = evaluate(detector, chosen, ["clean"], lambda share, words: None)["clean"]

    assert metrics.auroc is not None
    assert metrics.false_accusation_rate is not None
    assert metrics.auroc.value >= 0.94
    assert metrics.false_accusation_rate.value <= 0.1
