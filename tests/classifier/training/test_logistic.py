import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from classifier.detector.polarity import ai_targets, sigmoid
from classifier.training.logistic import Linear, fit_logistic
from tests.classifier.synthetic import cloud, labels


def test_it_agrees_with_a_reference_on_the_same_problem() -> None:
    known = labels(300)
    rows, targets = cloud(known, seed=3), ai_targets(known)
    scaled = (rows - rows.mean(0)) / rows.std(0)
    reference = LogisticRegression(C=1 / (0.01 * len(rows)), tol=1e-10).fit(scaled, targets)
    ours = fit_logistic(scaled, targets.astype(float), row_weights=np.ones(len(rows)), penalty=0.01)
    assert ours.weight == pytest.approx(reference.coef_[0], abs=1e-3)
    assert ours.bias == pytest.approx(reference.intercept_[0], abs=1e-3)


def test_the_direction_follows_the_targets() -> None:
    known = labels(100)
    rows, targets = cloud(known, seed=3), ai_targets(known).astype(float)
    up = fit_logistic(rows, targets, row_weights=np.ones(100), penalty=0.01)
    down = fit_logistic(rows, 1 - targets, row_weights=np.ones(100), penalty=0.01)
    assert up.weight[0] > 0
    assert down.weight == pytest.approx(-up.weight, abs=1e-6)


def test_separable_rows_stay_finite() -> None:
    targets = np.array([0.0, 0.0, 1.0, 1.0])
    fitted = fit_logistic(
        np.array([[-9.0], [-8.0], [8.0], [9.0]]), targets, row_weights=np.ones(4), penalty=1e-6
    )
    assert np.isfinite(fitted.weight).all()
    assert (sigmoid(np.array([-8.0, 8.0]) * fitted.weight[0] + fitted.bias) > 0.5).tolist() == [
        False,
        True,
    ]


def test_a_strong_penalty_stays_with_the_prior() -> None:
    known = labels(100)
    prior = Linear(np.linspace(-1, 1, 16), 0.5)
    fitted = fit_logistic(
        cloud(known, seed=3),
        ai_targets(known).astype(float),
        row_weights=np.ones(100),
        penalty=1e6,
        prior=prior,
    )
    assert fitted.weight == pytest.approx(prior.weight, abs=1e-4)


def test_a_row_counts_by_its_weight() -> None:
    rows, targets = np.array([[0.0], [0.0]]), np.array([1.0, 0.0])
    fitted = fit_logistic(rows, targets, row_weights=np.array([3.0, 1.0]), penalty=1.0)
    assert sigmoid(fitted.bias) == pytest.approx(0.75, abs=1e-4)


def test_where_it_starts_does_not_matter() -> None:
    """Only the steps that it takes; the solution is one."""
    known = labels(300)
    points, targets = cloud(known, seed=1), ai_targets(known).astype(float)
    weights = np.ones(300)
    plain = fit_logistic(points, targets, row_weights=weights, penalty=0.1)
    far = Linear(np.linspace(-1, 1, points.shape[1]), 3.0)
    warm = fit_logistic(points, targets, row_weights=weights, penalty=0.1, start=far)
    assert warm.weight == pytest.approx(plain.weight, abs=1e-3)
    assert warm.bias == pytest.approx(plain.bias, abs=1e-3)
