"""Agreement against published worked examples, scikit-learn, and counting by brute force."""

from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from labelling.statistics.agreement import (
    cohen_kappa,
    fleiss_kappa,
    krippendorff_alpha,
    percent_agreement,
)
from labelling.statistics.figure import Figure, NoFigure, Result, Why

Rating = Sequence[int | None]  # of one item, by each rater
# Fleiss' kappa, the worked example of Wikipedia's article: 10 subjects, 14 raters, 5 categories.
WIKIPEDIA = [
    [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
]  # fmt: skip
# Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011): the examples A, B and C.
EXAMPLE_A = ["0100000010", "1110010000"]
EXAMPLE_B = ["aabbdcccedda", "babbbccceddd"]
EXAMPLE_C = ["123321412...", "1233224125.3", ".3332342251.", "12332441251."]


def figure(result: Result) -> Figure:
    assert isinstance(result, Figure)
    return result


def counted(ratings: Sequence[Rating], kinds: int) -> np.ndarray:
    return np.array([[item.count(kind) for kind in range(kinds)] for item in map(list, ratings)])


def columns(raters: Sequence[str]) -> list[list[int | None]]:
    """Each rater's row of characters as items; a dot is missing."""
    names = sorted({said for row in raters for said in row if said != "."})
    return [
        [None if said == "." else names.index(said) for said in item]
        for item in zip(*raters, strict=True)
    ]


def some_ratings(
    seed: int, items: int, raters: int, kinds: int, *, missing: float = 0.0
) -> list[list[int | None]]:
    """Raters who see a truth through noise."""
    drawn = np.random.default_rng(seed)
    truth = drawn.integers(kinds, size=items)
    said = np.where(
        drawn.random((items, raters)) < 0.3,
        drawn.integers(kinds, size=(items, raters)),
        truth[:, None],
    )
    gone = drawn.random((items, raters)) < missing
    return [
        [None if out else int(value) for value, out in zip(row, lost, strict=True)]
        for row, lost in zip(said, gone, strict=True)
    ]


def alpha_by_counting(ratings: Sequence[Rating]) -> float:
    """Disagreement over the pairs within items, over that among all values that were paired."""
    items = [[value for value in item if value is not None] for item in ratings]
    items = [item for item in items if len(item) > 1]
    everything = [value for item in items for value in item]
    observed = sum(
        2 * sum(a != b for a, b in combinations(item, 2)) / (len(item) - 1) for item in items
    ) / len(everything)
    pairs = list(combinations(everything, 2))
    return 1 - observed / (sum(a != b for a, b in pairs) / len(pairs))


def percent_by_counting(ratings: Sequence[Rating]) -> float:
    items = [[value for value in item if value is not None] for item in ratings]
    pairs = [list(combinations(item, 2)) for item in items if len(item) > 1]
    return float(np.mean([np.mean([a == b for a, b in one]) for one in pairs]))


@pytest.mark.parametrize(
    ("table", "kappa"),
    [
        ([[20, 5], [10, 15]], 0.4),  # Wikipedia's article on Cohen's kappa
        ([[45, 15], [25, 15]], 0.1304),
        ([[25, 35], [5, 35]], 0.2593),
    ],
)
def test_cohens_kappa_of_published_tables(table: list[list[int]], kappa: float) -> None:
    found = figure(cohen_kappa(table))
    assert found.value == pytest.approx(kappa, abs=5e-5)
    assert found.n == sum(map(sum, table))
    assert found.low < found.value < found.high


def test_fleiss_kappa_of_the_published_table() -> None:
    assert figure(fleiss_kappa(WIKIPEDIA, least=10)).value == pytest.approx(0.210, abs=5e-4)


@pytest.mark.parametrize(
    ("raters", "alpha"), [(EXAMPLE_A, 0.095), (EXAMPLE_B, 0.692), (EXAMPLE_C, 0.743)]
)
def test_krippendorffs_alpha_of_his_own_examples(raters: list[str], alpha: float) -> None:
    items = columns(raters)
    found = figure(krippendorff_alpha(counted(items, 5), least=1))
    assert found.value == pytest.approx(alpha, abs=5e-4)
    assert alpha_by_counting(items) == pytest.approx(alpha, abs=5e-4)


@pytest.mark.parametrize("seed", range(8))
def test_cohens_kappa_is_that_of_scikit_learn(seed: int) -> None:
    first, second = np.array(some_ratings(seed, 60 + seed, 2, 2 + seed % 3)).T
    kinds = 2 + seed % 3
    table = np.zeros((kinds, kinds), int)
    np.add.at(table, (first, second), 1)
    assert figure(cohen_kappa(table)).value == pytest.approx(cohen_kappa_score(first, second))


@pytest.mark.parametrize("seed", range(8))
def test_alpha_and_percent_are_what_counting_gives(seed: int) -> None:
    ratings = some_ratings(seed, 50, 2 + seed % 4, 3, missing=0.3)
    counts = counted(ratings, 3)
    assert figure(krippendorff_alpha(counts)).value == pytest.approx(alpha_by_counting(ratings))
    assert figure(percent_agreement(counts)).value == pytest.approx(percent_by_counting(ratings))


@pytest.mark.parametrize("seed", range(4))
def test_fleiss_kappa_and_alpha_agree_where_there_is_much(seed: int) -> None:
    """With nothing missing they differ by 1 - 1/(number of values) of the distance from 1."""
    counts = counted(some_ratings(seed, 400, 3, 3), 3)
    kappa, alpha = figure(fleiss_kappa(counts)).value, figure(krippendorff_alpha(counts)).value
    assert 1 - alpha == pytest.approx((1 - kappa) * (1 - 1 / counts.sum()))


Measure = Callable[..., Result]
MEASURES: list[Measure] = [percent_agreement, fleiss_kappa, krippendorff_alpha]


@pytest.mark.parametrize("measure", MEASURES)
def test_the_order_of_raters_items_and_categories_does_not_matter(measure: Measure) -> None:
    drawn = np.random.default_rng(3)
    ratings = np.array(some_ratings(1, 80, 3, 4))
    found = figure(measure(counted(ratings.tolist(), 4)))
    mixed = drawn.permuted(ratings, axis=1)[drawn.permutation(80)]
    assert figure(measure(counted(mixed.tolist(), 4))) == found
    renamed = drawn.permutation(4)[ratings]
    assert figure(measure(counted(renamed.tolist(), 4))).value == pytest.approx(found.value)


def test_cohens_kappa_is_the_same_from_both_sides() -> None:
    table = np.array([[30, 4, 2], [1, 20, 6], [0, 3, 9]])
    assert figure(cohen_kappa(table.T)).value == pytest.approx(figure(cohen_kappa(table)).value)


@pytest.mark.parametrize("measure", MEASURES)
def test_how_often_a_row_occurs_is_as_good_as_the_rows(measure: Measure) -> None:
    counts = counted(some_ratings(5, 300, 2, 3), 3)
    kinds, times = np.unique(counts, axis=0, return_counts=True)
    assert figure(measure(kinds, times)) == figure(measure(counts))


@pytest.mark.parametrize("n", [20, 2000])
def test_who_always_agrees_has_1_and_the_interval_knows_how_few_that_were(n: int) -> None:
    rows = [[2, 0]] * (n // 2) + [[0, 2]] * (n // 2)
    widths = []
    for found in (
        figure(percent_agreement(rows)),
        figure(fleiss_kappa(rows)),
        figure(krippendorff_alpha(rows)),
        figure(cohen_kappa([[n // 2, 0], [0, n // 2]])),
    ):
        assert (found.value, found.high, found.n) == (1.0, 1.0, n)
        widths.append(1 - found.low)
    assert all(0.15 < width < 0.4 if n == 20 else width < 0.005 for width in widths)


@pytest.mark.parametrize("seed", range(3))
def test_who_guesses_has_0(seed: int) -> None:
    drawn = np.random.default_rng(seed)
    said = drawn.choice(3, p=[0.7, 0.2, 0.1], size=(20_000, 2))
    counts = counted(said.tolist(), 3)
    table = np.zeros((3, 3), int)
    np.add.at(table, (said[:, 0], said[:, 1]), 1)
    for found in (
        figure(fleiss_kappa(counts)),
        figure(krippendorff_alpha(counts)),
        figure(cohen_kappa(table)),
    ):
        assert abs(found.value) < 0.03
        assert found.low - 0.01 < 0 < found.high + 0.01
    assert figure(percent_agreement(counts)).value == pytest.approx(0.54, abs=0.02)


def test_who_always_contradicts_is_below_0() -> None:
    assert figure(cohen_kappa([[0, 20], [20, 0]])).value == pytest.approx(-1)
    assert figure(krippendorff_alpha([[1, 1]] * 40)).value < -0.9
    assert figure(percent_agreement([[1, 1]] * 40)).value == 0


def test_the_interval_is_that_of_the_formula_where_there_is_one() -> None:
    """Fleiss, Cohen and Everitt, Psychol. Bull. 72 (1969): the large-sample variance of kappa."""
    table = np.array([[450, 150], [250, 150]])
    share, n = table / table.sum(), table.sum()
    rows, cols = share.sum(axis=1), share.sum(axis=0)
    agreed, chance = np.trace(share), rows @ cols
    kappa = (agreed - chance) / (1 - chance)
    variance = sum(
        share[i, j] * ((i == j) * (1 - chance) - (cols[i] + rows[j]) * (1 - agreed)) ** 2
        for i in range(2)
        for j in range(2)
    )
    variance -= (agreed * chance - 2 * chance + agreed) ** 2
    reach = 1.96 * np.sqrt(variance / n) / (1 - chance) ** 2
    found = figure(cohen_kappa(table))
    assert found.low == pytest.approx(kappa - reach, abs=0.006)
    assert found.high == pytest.approx(kappa + reach, abs=0.006)


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    def sample(seed: int, items: int) -> np.ndarray:
        return counted(some_ratings(seed, items, 2, 2), 2)

    truth = figure(krippendorff_alpha(sample(99, 200_000))).value
    found = [figure(krippendorff_alpha(sample(seed, 150))) for seed in range(200)]
    held = sum(one.low <= truth <= one.high for one in found)
    assert 180 <= held <= 199


def test_the_same_items_give_the_same_interval() -> None:
    counts = counted(some_ratings(7, 40, 2, 2), 2)
    assert krippendorff_alpha(counts) == krippendorff_alpha(counts)


@pytest.mark.parametrize("measure", MEASURES)
def test_too_few_items_are_no_figure(measure: Measure) -> None:
    rows = [[2, 0], [1, 1]] * 9 + [[0, 2]]
    assert measure(rows) == NoFigure(19, 20, Why.TOO_FEW_ITEMS)
    assert isinstance(measure([*rows, [0, 2]]), Figure)
    assert isinstance(measure([[2, 0], [1, 1], [0, 2]]), NoFigure)
    assert isinstance(measure([]), NoFigure)


def test_too_few_items_of_two_are_no_kappa() -> None:
    assert cohen_kappa([[10, 0], [0, 9]]) == NoFigure(19, 20, Why.TOO_FEW_ITEMS)
    assert cohen_kappa(np.zeros((0, 0))) == NoFigure(0, 20, Why.TOO_FEW_ITEMS)


def test_one_rater_agrees_with_nobody() -> None:
    alone = [[1, 0]] * 50
    assert krippendorff_alpha(alone) == NoFigure(0, 20, Why.TOO_FEW_RATERS)
    assert percent_agreement(alone) == NoFigure(0, 20, Why.TOO_FEW_RATERS)
    assert fleiss_kappa(alone) == NoFigure(1, 2, Why.TOO_FEW_RATERS)


def test_items_that_one_rated_do_not_count() -> None:
    rows = [[2, 0], [0, 2], [1, 1]] * 10
    assert krippendorff_alpha([*rows, *[[1, 0]] * 100]) == krippendorff_alpha(rows)
    assert percent_agreement([*rows, *[[1, 0]] * 100]) == percent_agreement(rows)


def test_where_everybody_always_says_the_same_chance_explains_it_all() -> None:
    same = [[2, 0]] * 30
    assert krippendorff_alpha(same) == NoFigure(30, 30, Why.ONE_ANSWER)
    assert fleiss_kappa(same) == NoFigure(30, 30, Why.ONE_ANSWER)
    assert cohen_kappa([[30, 0], [0, 0]]) == NoFigure(30, 30, Why.ONE_ANSWER)
    assert figure(percent_agreement(same)).value == 1


def test_fleiss_wants_as_many_raters_everywhere() -> None:
    with pytest.raises(ValueError, match="the same number of raters"):
        fleiss_kappa([[2, 0]] * 20 + [[3, 0]])
