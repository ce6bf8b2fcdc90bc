"""A score that begins to follow what a file looks like from outside is refused."""

import numpy as np
import pytest

from classifier.detector.polarity import FloatArray
from classifier.training.facts import Facts, fact_columns
from classifier.training.gate import Compared, decide
from classifier.training.gate.bias import bias_rows, follows
from classifier.training.metrics import Judged
from tests.classifier.training.gate.judged import failed, judged, perfect, row

COUNT = 150


def scores(of: FloatArray | None = None, *, seed: int = 0, height: float = 0.04) -> Judged:
    """Right answers whose score varies a little: by chance, or along a column (2 × COUNT,)."""
    rng = np.random.default_rng(seed)
    extra = rng.random(2 * COUNT) if of is None else np.argsort(np.argsort(of)) / (2 * COUNT)
    chances = np.repeat([0.1, 0.85], COUNT) + height * extra
    return judged(chances[:COUNT].tolist(), chances[COUNT:].tolist())


def pixels() -> FloatArray:
    return np.random.default_rng(9).uniform(1e5, 1e7, 2 * COUNT)


def compared(champion: Judged, challenger: Judged, **facts: FloatArray) -> Compared:
    return Compared("gold", champion, challenger, facts=facts)


def test_following_is_measured_within_each_class() -> None:
    """A column that only tells the classes apart is not followed; one inside them is."""
    column = pixels()
    assert follows(scores(column), column) == pytest.approx(1.0)
    assert follows(scores(), column) < 0.2
    assert np.isnan(follows(perfect(COUNT, COUNT), np.repeat([1.0, 2.0], COUNT)))


def test_a_challenger_that_begins_to_follow_is_refused() -> None:
    column = pixels()
    decision = decide([compared(scores(), scores(column), pixels=column)])
    assert failed(decision) == ["follows pixels"]
    found = row(decision, "follows pixels")
    assert (found.now, found.n) == (1.0, 2 * COUNT)
    assert found.threshold is not None
    assert found.threshold <= 0.3


def test_one_that_follows_no_more_than_the_champion_passes() -> None:
    column = pixels()
    assert decide([compared(scores(column), scores(column), pixels=column)]).passed
    assert decide([compared(scores(column), scores(), pixels=column)]).passed


def test_pictures_of_which_nothing_is_known_are_left_out() -> None:
    column = pixels()
    column[::2] = np.nan
    (found,) = bias_rows([compared(scores(), scores(), pixels=column)])
    assert (found.n, found.ok) == (COUNT, True)
    assert bias_rows([compared(scores(), scores(), pixels=np.full(2 * COUNT, np.nan))]) == []


def test_a_column_without_variety_has_no_row() -> None:
    assert bias_rows([compared(scores(), scores(), pixels=np.ones(2 * COUNT))]) == []


def test_the_regression_set_tells_nothing_of_it() -> None:
    column = pixels()
    regression = Compared("regression", scores(), scores(column), facts={"pixels": column})
    assert bias_rows([regression]) == []


def test_compression_alone_may_not_move_the_score() -> None:
    """The same pictures in three tiers; the challenger calls them less AI the harder they are."""

    def tier(name: str, drop: float) -> Compared:
        now = scores(seed=1)
        moved = Judged(now.is_ai, now.probabilities - drop, now.verdict_ai, now.verdict_human)
        return Compared("calibration", now, moved, name)

    gold = Compared("gold", scores(), scores())
    steady = [tier("clean", 0.0), tier("web", 0.0), tier("hard", 0.0)]
    moving = [tier("clean", 0.0), tier("web", 0.03), tier("hard", 0.06)]
    assert decide([gold, *steady]).passed
    decision = decide([gold, *moving])
    assert "follows compression" in failed(decision)
    assert row(decision, "follows compression", "calibration").n == 6 * COUNT


def test_columns_of_what_is_known_of_files() -> None:
    columns = fact_columns([Facts(400, 200, 16_000, "image/png"), None])
    assert {name: column[0] for name, column in columns.items()} == {
        "pixels": 80_000,
        "shape": 2.0,
        "bytes per pixel": 0.2,
        "lossless file": 1.0,
    }
    assert all(np.isnan(column[1]) for column in columns.values())
