"""Embeddings of a window against those of another time."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from classifier.monitoring import embeddings, permutation
from classifier.monitoring.embeddings import classifier_moved, mmd_moved
from classifier.monitoring.permutation import permutation_p
from classifier.monitoring.pictures import Flags, Floats

TESTS = pytest.mark.parametrize("test", [classifier_moved, mmd_moved])


def cloud(count: int, seed: int, shift: float = 0.0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, 4)) + shift


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_mmd_is_the_sum_over_pairs_that_its_definition_names():
    now, before = cloud(5, 1), cloud(7, 2, shift=1.0)
    rows = np.concatenate([now, before])
    rows = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    squared = ((rows[:, None] - rows[None]) ** 2).sum(axis=2)
    middle = np.median(squared[np.triu_indices(12, 1)])
    kernel = np.exp(-squared / (2 * middle))
    within = sum(kernel[i, j] for i in range(5) for j in range(5) if i != j) / 20
    others = sum(kernel[i, j] for i in range(5, 12) for j in range(5, 12) if i != j) / 42
    across = kernel[:5, 5:].mean()
    assert mmd_moved(now, before, generator()).by == pytest.approx(within + others - 2 * across)


def test_the_classifier_has_not_seen_what_it_is_asked_about():
    """Against five fits that were really made without their fold."""
    now, before = cloud(20, 1), cloud(40, 2, shift=0.5)
    moved = classifier_moved(now, before, generator(3))
    rows, is_now = np.concatenate([now, before]), np.arange(60) < 20
    rows = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    aurocs = []
    for fold in np.array_split(generator(3).permutation(60), embeddings.FOLDS):
        learn = np.setdiff1d(np.arange(60), fold)
        held = rows[learn].T @ rows[learn] + 0.1 * 60 * np.eye(4)
        weights = np.linalg.solve(held, rows[learn].T @ (is_now[learn] - 1 / 3))
        aurocs.append(roc_auc_score(is_now[fold], rows[fold] @ weights))
    assert moved.after == pytest.approx(np.mean(aurocs))


@TESTS
def test_what_is_far_away_is_beyond_chance_and_shown_first(test):
    now = np.concatenate([cloud(20, 1), cloud(40, 2, shift=4.0)])
    moved = test(now, cloud(200, 3), generator())
    assert moved.p_value <= 0.001
    assert set(moved.rows[:40].tolist()) == set(range(20, 60))
    assert sorted(moved.rows.tolist()) == list(range(60))


@TESTS
def test_equal_embeddings_have_not_moved(test):
    moved = test(np.ones((60, 4)), np.ones((100, 4)), generator())
    assert (moved.by, moved.p_value) == (0.0, 1.0)


def test_a_few_that_differ_from_one_picture_sent_again_and_again_are_measured():
    """More than half of the distances are 0, and no scale for the others."""
    same = np.ones((60, 4))
    moved = mmd_moved(np.concatenate([same, cloud(20, 1)]), np.ones((200, 4)), generator())
    assert moved.p_value <= 0.001


@TESTS
def test_of_many_to_compare_with_a_thousand_are_drawn(test, monkeypatch):
    monkeypatch.setattr(embeddings, "AT_MOST", 50)
    monkeypatch.setattr(permutation, "DRAWS", 99)
    moved = test(cloud(60, 1), cloud(5000, 2), generator())
    assert moved.p_value > 0.01


@TESTS
def test_at_rest_each_is_wrong_as_often_as_it_says(test, monkeypatch):
    monkeypatch.setattr(permutation, "DRAWS", 99)
    p_values = np.array(
        [test(cloud(20, s), cloud(40, 999 + s), generator(s)).p_value for s in range(120)]
    )
    assert (p_values <= 0.05).mean() <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 120)


def test_a_permutation_p_value_is_the_share_of_draws_that_are_as_large():
    """Of the 20 ways to mark three of six, one has the highest sum."""
    values = np.array([1.0, 2.0, 3.0, 10.0, 20.0, 30.0])

    def total(marks: Flags) -> Floats:
        return np.asarray(marks @ values)

    p_value = permutation_p(total, values > 5, generator())
    assert p_value == pytest.approx(1 / 20, abs=0.03)
    assert permutation_p(total, values < 5, generator()) == 1.0


def test_a_statistic_that_nothing_reaches_has_the_least_p_value():
    values = np.arange(60.0)
    p_value = permutation_p(lambda marks: marks @ values, values > 29, generator())
    assert p_value == 1 / (permutation.DRAWS + 1)
