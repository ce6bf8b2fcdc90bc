import numpy as np
import pytest

from classifier.training.ridge import LEAST_SPREAD, LOG_ODDS, fit_ridge, left_out_scores

WIDTH = 6


def drawn(seed: int = 0) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Two groups of each class, of unlike sizes and places."""
    rng = np.random.default_rng(seed)
    rows, is_ai, groups = [], [], []
    for name, ai, size in (("a", True, 40), ("b", True, 10), ("c", False, 30), ("d", False, 60)):
        rows.append(rng.normal(rng.normal(size=WIDTH), 1.0, (size, WIDTH)))
        is_ai += [ai] * size
        groups += [name] * size
    return np.concatenate(rows), np.array(is_ai), groups


def plainly(features: np.ndarray, is_ai: np.ndarray, groups: list[str], spread_of: np.ndarray):
    """The same by weighted least squares on all rows at once."""
    middle, spread = spread_of.mean(axis=0), spread_of.std(axis=0) + LEAST_SPREAD
    names = np.array(groups)
    weights = np.array([(names == name).sum() ** -0.5 for name in groups])
    for side in (is_ai, ~is_ai):
        weights[side] /= 2 * weights[side].sum()
    with_one = np.c_[(features - middle) / spread, np.ones(len(features))]
    second = (with_one * weights[:, None]).T @ with_one
    second[np.diag_indices(WIDTH)] += 0.1
    solution = np.linalg.solve(second, with_one.T @ (weights * np.where(is_ai, 1, -1)))
    return lambda rows: LOG_ODDS * (np.c_[(rows - middle) / spread, np.ones(len(rows))] @ solution)


def test_it_is_weighted_least_squares_in_which_groups_count_by_the_root_of_their_size() -> None:
    features, is_ai, groups = drawn()
    head = fit_ridge(features, is_ai, groups).whole
    expected = plainly(features, is_ai, groups, features)(features)
    assert features @ head.weight + head.bias == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("name", ["a", "b", "c", "d"])
def test_leaving_a_group_out_is_fitting_without_its_rows(name: str) -> None:
    features, is_ai, groups = drawn()
    head = fit_ridge(features, is_ai, groups).without[name]
    kept = np.array(groups) != name
    others = [group for group in groups if group != name]
    expected = plainly(features[kept], is_ai[kept], others, features)(features)
    assert features @ head.weight + head.bias == pytest.approx(expected, abs=1e-4)


def test_each_row_is_scored_by_a_stranger_to_its_group() -> None:
    features, is_ai, groups = drawn()
    ridge = fit_ridge(features, is_ai, groups)
    scores = left_out_scores(ridge, features, groups)
    rows = np.array(groups) == "d"
    head = ridge.without["d"]
    assert scores[rows] == pytest.approx(features[rows] @ head.weight + head.bias)


def test_a_group_that_nothing_was_learned_of_is_scored_by_the_whole() -> None:
    features, is_ai, groups = drawn()
    ridge = fit_ridge(features, is_ai, groups)
    expected = features[:3] @ ridge.whole.weight + ridge.whole.bias
    assert left_out_scores(ridge, features[:3], ["new"] * 3) == pytest.approx(expected)


def test_a_class_of_one_group_stays_whole() -> None:
    features, is_ai, groups = drawn()
    merged = ["a" if ai else group for ai, group in zip(is_ai, groups, strict=True)]
    assert sorted(fit_ridge(features, is_ai, merged).without) == ["c", "d"]


def test_one_class_cannot_be_told_apart() -> None:
    features, _, groups = drawn()
    with pytest.raises(ValueError, match="both classes"):
        fit_ridge(features, np.ones(len(features), dtype=np.bool_), groups)
