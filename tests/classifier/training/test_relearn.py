"""How much new labels weigh, and that the same labels always give the same head."""

from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from classifier.detector.bundle import HEAD
from classifier.training.refit import refit
from classifier.training.relearn import FIRST_PART, FIRST_WEIGHT, _weight_of_each
from tests.classifier.synthetic import examples, make_bundle


def test_few_labels_weigh_much_more_share_a_part_and_many_count_as_one_picture_each() -> None:
    known = 5000
    part = FIRST_PART * known

    assert _weight_of_each(1, beside=known) == FIRST_WEIGHT
    assert _weight_of_each(50, beside=known) * 50 == pytest.approx(part)
    assert _weight_of_each(100, beside=known) * 100 == pytest.approx(part)
    assert _weight_of_each(5000, beside=known) == 1.0
    totals = [count * _weight_of_each(count, beside=known) for count in range(1, 6000)]
    assert (np.diff(totals) >= -1e-9).all(), "another label never makes all of them count less"


def test_the_same_labels_give_the_same_weights_bit_for_bit(tmp_path: Path) -> None:
    parent = make_bundle(tmp_path / "parent").path
    train = examples(80, seed=10, axis=3)
    heads = [
        refit(parent=parent, train=train, held_out={}, out=tmp_path / name, lineage={}).bundle
        for name in ("once", "again")
    ]

    once, again = (sha256((head.path / HEAD).read_bytes()).hexdigest() for head in heads)
    assert once == again
    assert once != sha256((parent / HEAD).read_bytes()).hexdigest()
