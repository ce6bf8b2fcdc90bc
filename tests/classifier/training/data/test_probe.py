"""The probe finds what the files give away, and nothing where there is nothing."""

from dataclasses import replace
from typing import Any

import numpy as np

from classifier.training.data.probe import folds_of, probe
from classifier.training.data.traits import Traits
from classifier.vocabulary import Label

PLAIN = Traits("JPEG", 512, 384, "RGB", False, 90, "4:2:0", frozenset(), 40_000)
LABELS = [Label.AI, Label.HUMAN] * 100
GROUPS = [f"group {n}" for n in range(200)]


def told_by(**of_ai: Any) -> list[Traits]:
    return [replace(PLAIN, **of_ai) if label is Label.AI else PLAIN for label in LABELS]


def test_files_that_are_alike_tell_nothing() -> None:
    found = probe([PLAIN] * 200, LABELS, GROUPS)
    assert found is not None
    assert (found.balanced_accuracy.value, found.auroc.value) == (0.5, 0.5)
    assert not found.tells


def test_each_trait_that_tells_is_named() -> None:
    differences: dict[str, dict[str, Any]] = {
        "container": {"container": "PNG"},
        "size": {"width": 1024, "height": 768},
        "aspect": {"width": 384},
        "quality": {"quality": 75},
        "subsampling": {"subsampling": "4:4:4"},
        "metadata": {"metadata": frozenset({"exif"})},
    }
    for name, difference in differences.items():
        found = probe(told_by(**difference), LABELS, GROUPS)
        assert found is not None
        assert found.tells
        assert found.balanced_accuracy.value == 1.0
        assert found.alone[name] == 1.0


def test_bytes_per_pixel_are_shown_but_do_not_decide() -> None:
    found = probe(told_by(size=90_000), LABELS, GROUPS)
    assert found is not None
    assert (found.alone["detail"], found.with_detail.value) == (1.0, 1.0)
    assert found.balanced_accuracy.value == 0.5
    assert not found.tells


def test_a_group_cannot_vouch_for_itself() -> None:
    """Each album has a size of its own. Within an album that tells; to a new album it does not."""
    rng = np.random.default_rng(3)
    sizes = rng.permutation(np.arange(300, 340))
    groups = [f"album {n // 10}" for n in range(400)]
    labels = [Label.AI if n // 10 % 2 else Label.HUMAN for n in range(400)]
    traits = [replace(PLAIN, width=int(sizes[n // 10]), height=400) for n in range(400)]
    honest = probe(traits, labels, groups)
    cheating = probe(traits, labels, [str(n) for n in range(400)])
    assert honest is not None
    assert cheating is not None
    assert cheating.balanced_accuracy.value > 0.7
    assert not honest.tells


def test_a_few_pictures_tell_nothing_by_chance() -> None:
    assert probe([PLAIN] * 18, LABELS[:18], GROUPS[:18]) is None
    rng = np.random.default_rng(1)
    some = [replace(PLAIN, quality=int(rng.integers(70, 95))) for _ in range(40)]
    found = probe(some, LABELS[:40], GROUPS[:40])
    assert found is not None
    assert not found.tells


def test_whole_groups_are_dealt_to_folds_evenly() -> None:
    groups = [f"album {n % 30}" for n in range(120)]
    labels = [Label.AI if n % 2 else Label.HUMAN for n in range(120)]
    folds = folds_of(labels, groups)
    assert folds is not None
    assert len({(group, fold) for group, fold in zip(groups, folds, strict=True)}) == 30
    for label in Label:
        of_label = {g: f for g, f, x in zip(groups, folds, labels, strict=True) if x is label}
        assert sorted(np.bincount(list(of_label.values()))) == [3] * 5
