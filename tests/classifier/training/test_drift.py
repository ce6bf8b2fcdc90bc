"""Where a network that has learned on sees what its parent saw."""

import numpy as np
import pytest

from classifier.training.drift import measure_drift
from tests.classifier.synthetic import WIDTH, cloud, labels, replay


def test_a_network_that_has_not_moved_leaves_the_replay_set_as_it_was():
    old = cloud(labels(80), seed=1)
    drift = measure_drift(old, old)
    assert (drift.moved, drift.unexplained) == (0.0, 0.0)
    assert np.array_equal(drift.replay(replay(20)).embeddings, replay(20).embeddings)


def test_a_movement_that_is_linear_is_made_up_for():
    rng = np.random.default_rng(5)
    matrix = np.eye(WIDTH) + rng.normal(0, 0.05, (WIDTH, WIDTH))
    old, far = cloud(labels(400), seed=1), cloud(labels(50), seed=2)
    drift = measure_drift(old, old @ matrix + 0.3)

    assert drift.moved > 0.3
    assert drift.unexplained < 0.1 * drift.moved
    assert np.abs(drift.of(far) - (far @ matrix + 0.3)).mean() < 0.05


def test_what_cannot_be_made_up_for_is_told_on_pictures_that_it_was_not_fitted_to():
    old = cloud(labels(200), seed=1)
    drift = measure_drift(old, old + np.random.default_rng(0).normal(0, 0.5, old.shape))
    assert drift.unexplained == pytest.approx(0.45, abs=0.1)
    assert drift.moved == pytest.approx(0.45, abs=0.1)


def test_rows_to_measure_with_carry_the_maps_errors():
    old = cloud(labels(200), seed=1)
    drift = measure_drift(old, old + np.random.default_rng(0).normal(0, 0.5, old.shape))
    known = replay(100)
    exact, doubtful = drift.replay(known), drift.doubtful_replay(known)
    noise = doubtful.embeddings.astype(float) - exact.embeddings.astype(float)
    assert noise.std() == pytest.approx(drift.errors.std(), rel=0.1)
    assert doubtful.labels == known.labels
    assert np.array_equal(drift.doubtful_replay(known).embeddings, doubtful.embeddings)


def test_too_few_pictures_tell_nothing():
    with pytest.raises(ValueError, match="at least 4"):
        measure_drift(np.zeros((3, 2)), np.zeros((3, 2)))
