"""One column of a window against the same of another time."""

import numpy as np
import pytest
from scipy import stats

from classifier.monitoring import univariate
from classifier.monitoring.sources import sources_moved
from classifier.monitoring.univariate import numbers_moved, shares_moved, words_moved


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_numbers_that_fell_are_told_with_those_that_were_not_there_before():
    moved = numbers_moved(np.array([2.0, 1.0, 4.0, 3.0]), np.array([3.0, 4.0, 5.0, 6.0]))
    assert (moved.by, moved.before, moved.after) == (0.5, 4.5, 2.5)
    assert moved.rows.tolist() == [1, 0]  # only 2 and 1 lie where there was nothing before


def test_numbers_that_crowd_in_the_middle_are_shown_first():
    before = np.arange(100.0)
    moved = numbers_moved(np.concatenate([np.arange(0.0, 100, 5), np.full(20, 44.0)]), before)
    assert set(moved.rows[:22].tolist()) == {8, 9, *range(20, 40)}  # 40 and 45 are in their tenth


def test_among_tied_numbers_the_new_one_is_shown():
    before = np.repeat([85.0, 90.0], 50)
    moved = numbers_moved(np.repeat([85.0, 87.0, 90.0], [10, 20, 10]), before)
    assert moved.rows.tolist() == list(range(29, 9, -1))


def test_numbers_that_rose_are_told_with_those_that_were_not_there_before():
    moved = numbers_moved(np.array([5.0, 9.0, 1.0, 7.0]), np.array([1.0, 2.0, 3.0, 4.0]))
    assert moved.by == 0.75
    assert moved.rows.tolist() == [3, 1, 0]


def test_equal_numbers_have_not_moved():
    moved = numbers_moved(np.full(200, 90.0), np.full(1000, 90.0))
    assert (moved.by, moved.p_value) == (0.0, 1.0)


def test_words_are_compared_by_shares_and_drawn_tables():
    now, before = np.array(["a", "a", "a", "b"]), np.array(["a", "b", "b", "c"])
    moved = words_moved(now, before, generator())
    assert (moved.by, moved.what, moved.before, moved.after) == (0.5, "share of a", 0.25, 0.75)
    assert moved.rows.tolist() == [2, 1, 0]


def test_few_words_have_the_exact_p_value():
    """Of the 20 ways to deal out three and three, two are as far from even."""
    moved = words_moved(np.array(["a"] * 3), np.array(["b"] * 3), generator())
    assert moved.p_value == pytest.approx(2 / 20, abs=0.015)


def test_many_words_have_the_p_value_of_the_chi_square_law():
    now, before = np.repeat(["a", "b", "c"], [80, 70, 50]), np.repeat(["a", "b", "c"], [300] * 3)
    expected = stats.chi2_contingency([[80, 70, 50], [300, 300, 300]]).pvalue
    assert words_moved(now, before, generator()).p_value == pytest.approx(expected, abs=0.015)


def test_a_word_that_was_never_there_is_no_accident():
    now, before = np.repeat(["JPEG", "AVIF"], [180, 20]), np.repeat(["JPEG"], [1000])
    moved = words_moved(now, before, generator())
    assert (moved.what, moved.p_value) == ("share of AVIF", 1 / 5000)
    assert moved.rows.tolist() == list(range(199, 179, -1))


def test_one_word_everywhere_has_not_moved():
    moved = words_moved(np.array(["a"] * 200), np.array(["a"] * 300), generator())
    assert (moved.by, moved.p_value) == (0.0, 1.0)


def test_shares_are_compared_by_fishers_exact_test():
    """The lady who tasted tea (Fisher, 1935): three of four right, 0.4857."""
    moved = shares_moved(np.array([1.0, 1, 1, 0]), np.array([0.0, 0, 0, 1]), "share right")
    assert (moved.before, moved.after, moved.by) == (0.25, 0.75, 0.5)
    assert moved.p_value == pytest.approx(0.4857, abs=1e-4)
    assert moved.rows.tolist() == [2, 1, 0]


def test_where_a_share_fell_the_zeros_are_shown():
    moved = shares_moved(np.array([1.0, 0, 0, 0]), np.array([1.0, 1, 1, 0]), "share right")
    assert moved.by == -0.5
    assert moved.rows.tolist() == [3, 2, 1]


def test_the_source_that_moved_is_named_and_pays_for_the_others():
    before = np.repeat(["0anna", "1anna", "0ben", "1ben"], [90, 10, 90, 10])
    now = np.repeat(["0anna", "1anna", "0ben", "1ben"], [27, 3, 3, 27])
    moved = sources_moved(now, before, generator())
    alone = stats.fisher_exact([[27, 3], [10, 90]]).pvalue
    assert moved.what == "share of verdicts that ben overruled"
    assert (moved.before, moved.after) == (0.1, 0.9)
    assert moved.p_value == pytest.approx(2 * alone)
    assert moved.rows.tolist() == list(range(59, 32, -1))


def test_a_new_source_is_compared_with_all_that_was():
    before = np.repeat(["0anna", "1anna"], [90, 10])
    moved = sources_moved(np.repeat(["1eva"], [12]), before, generator())
    assert (moved.what, moved.before) == ("share of verdicts that eva overruled", 0.1)


def test_sources_with_few_labels_are_taken_together():
    before = np.repeat(["0anna", "1anna"], [90, 10])
    now = np.array([f"0person{number}" for number in range(20)])
    moved = sources_moved(now, before, generator())
    assert moved.what == "share of overruled verdicts, all sources"


@pytest.mark.parametrize("kind", ["words", "numbers", "shares", "sources"])
def test_at_rest_each_test_is_wrong_as_often_as_it_says(kind, monkeypatch):
    monkeypatch.setattr(univariate, "DRAWS", 199)
    p_values = np.array([p_at_rest(kind, generator(seed)) for seed in range(200)])
    # Three standard errors above one in twenty.
    assert (p_values <= 0.05).mean() <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)
    assert p_values.max() <= 1.0


def p_at_rest(kind: str, rng: np.random.Generator) -> float:
    if kind == "words":
        a, b = (
            rng.choice(["a", "b", "c"], 60, p=[0.9, 0.08, 0.02]),
            rng.choice(["a", "b", "c"], 200, p=[0.9, 0.08, 0.02]),
        )
        return words_moved(a, b, rng).p_value
    if kind == "numbers":
        return numbers_moved(rng.normal(size=60), rng.normal(size=200)).p_value
    ones, ones_before = rng.random(60) < 0.2, rng.random(200) < 0.2
    if kind == "shares":
        return shares_moved(ones * 1.0, ones_before * 1.0, "share").p_value
    words, before = (
        np.char.add(np.where(flags, "1", "0"), rng.choice(["anna", "ben", "chris"], len(flags)))
        for flags in (ones, ones_before)
    )
    return sources_moved(words, before, rng).p_value
