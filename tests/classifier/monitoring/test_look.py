"""A window against what it is compared with, and what is said after two looks."""

from dataclasses import fields, replace

import numpy as np
import pytest

from classifier.monitoring import permutation, univariate
from classifier.monitoring.alarms import SHOWN, alarms
from classifier.monitoring.figures import FIGURES, Layer
from classifier.monitoring.holm import holm
from classifier.monitoring.look import WINDOW, Against, Reading, look
from classifier.monitoring.moved import Moved, TooFew
from classifier.monitoring.pictures import Pictures
from classifier.monitoring.words import ADVICE, TITLES
from tests.classifier.monitoring.rows import at_rest

REFERENCES = {Against.TRAINED_ON: at_rest(600, 1), Against.LAST_MONTH: at_rest(500, 2)}
TRAINED = {Against.TRAINED_ON: REFERENCES[Against.TRAINED_ON]}


@pytest.fixture(autouse=True)
def _fewer_draws(monkeypatch):
    for module in (permutation, univariate):
        monkeypatch.setattr(module, "DRAWS", 1999)


def beyond(readings) -> set[str]:
    return {reading.figure.name for reading in readings if reading.beyond}


def measured(reading: Reading) -> tuple[float, float]:
    assert isinstance(reading.result, Moved)
    return reading.result.by, reading.result.p_value


def test_holm_goes_on_while_each_is_small_enough():
    """Of four at 0.05: 0.005 and 0.01 pass 0.0125 and 0.0167, 0.03 does not pass 0.025."""
    assert holm([0.01, 0.04, 0.03, 0.005], 0.05).tolist() == [True, False, False, True]
    assert holm([0.03, 0.001, 0.04], 0.1).tolist() == [True, True, True]
    assert holm([], 0.05).tolist() == []


@pytest.mark.parametrize("value", [float("nan"), -0.1, 1.1])
def test_what_is_no_p_value_is_refused(value):
    with pytest.raises(ValueError, match="between 0 and 1"):
        holm([0.5, value], 0.05)


def test_every_figure_is_read_against_every_reference():
    readings = look(at_rest(200, 3), REFERENCES)
    assert len(readings) == len({reading.key for reading in readings}) == 2 * len(FIGURES)
    assert not any(isinstance(reading.result, TooFew) for reading in readings)
    assert beyond(readings) == set()


def test_only_the_layers_that_are_asked_for_are_read():
    readings = look(at_rest(200, 3), TRAINED, layers=(Layer.LABEL,))
    assert {reading.figure.layer for reading in readings} == {Layer.LABEL}


def test_one_look_in_a_row_is_no_alarm_and_two_are():
    moved = [at_rest(200, seed, qualities=np.full(200, 40.0)) for seed in (3, 4)]
    rest, first, second = (look(window, TRAINED) for window in (at_rest(200, 5), *moved))
    assert beyond(first) == beyond(second) == {"jpeg_quality"}
    assert alarms((), first) == alarms(rest, first) == alarms(first, rest) == ()

    (alarm,) = alarms(first, second)
    assert alarm.sentence == (
        "Input: the quality of JPEG files moved, against what the version was trained on: "
        "median 85 → 40 (Kolmogorov-Smirnov distance 1)."
    )
    assert alarm.advice.startswith("Look whether something on the way compresses")
    assert len(alarm.rows) == SHOWN


def test_two_different_figures_in_a_row_are_no_alarm():
    one = look(at_rest(200, 3, qualities=np.full(200, 40.0)), TRAINED)
    other = look(at_rest(200, 4, channels=np.repeat("import", 200)), TRAINED)
    assert (beyond(one), beyond(other)) == ({"jpeg_quality"}, {"channel"})
    assert alarms(one, other) == ()


def test_the_same_figure_against_another_reference_is_no_alarm():
    window = at_rest(200, 3, qualities=np.full(200, 40.0))
    one = look(window, TRAINED)
    other = look(window, {Against.LAST_MONTH: REFERENCES[Against.LAST_MONTH]})
    assert beyond(one) == beyond(other) == {"jpeg_quality"}
    assert alarms(one, other) == ()


def test_a_share_that_moved_is_told_with_its_sign():
    window = at_rest(200, 3)
    assert window.verdicts is not None
    turned = replace(window, labels=np.where(window.labels == "ai", "human", "ai"))
    seen = look(turned, TRAINED, layers=(Layer.LABEL,))
    told = {alarm.reading.figure.name: alarm.sentence for alarm in alarms(seen, seen)}
    assert set(told) == {"live_accuracy", "overrides", "overrides_by_source"}
    assert "share right in the audit sample" in told["live_accuracy"]
    assert "(difference of the shares -" in told["live_accuracy"]
    overruled = {
        row
        for alarm in alarms(seen, seen)
        for row in alarm.rows
        if alarm.reading.figure.name == "overrides"
    }
    assert all(turned.overridden is not None and turned.overridden[row] == 1 for row in overruled)


def test_rows_are_numbers_in_the_window_though_some_pictures_have_no_quality():
    qualities = np.where(np.arange(200) % 2, 40.0, np.nan)
    readings = look(at_rest(200, 3, qualities=qualities), TRAINED, layers=(Layer.INPUT,))
    (found,) = [each for each in readings if each.figure.name == "jpeg_quality"]
    assert not isinstance(found.result, TooFew)
    assert set(found.result.rows.tolist()) == set(range(1, 200, 2))


def test_the_same_arrays_give_the_same_look():
    first, again = (look(at_rest(200, 3), TRAINED) for _ in range(2))
    assert [measured(one) for one in first] == [measured(two) for two in again]


def test_a_small_window_says_too_few():
    readings = look(at_rest(WINDOW - 1, 3), TRAINED)
    assert {reading.result for reading in readings} == {TooFew(199, 600, 200)}


def test_nothing_at_all_says_too_few():
    (first, *_) = look(Pictures(), {Against.TRAINED_ON: Pictures()})
    assert first.result == TooFew(0, 0, 200)
    assert look(at_rest(200, 3), {}) == ()


def test_what_nobody_kept_says_too_few_and_the_rest_is_read():
    readings = look(at_rest(200, 3, qualities=None), TRAINED, layers=(Layer.INPUT,))
    few = {each.figure.name: each.result for each in readings if isinstance(each.result, TooFew)}
    assert set(few) == {"jpeg_quality"}
    assert few["jpeg_quality"].n == 0


def test_few_labels_say_too_few():
    labels = np.where(np.arange(200) < 19, "ai", "")
    readings = look(at_rest(200, 3, labels=labels), TRAINED, layers=(Layer.LABEL,))
    few = {each.figure.name for each in readings if isinstance(each.result, TooFew)}
    assert few == {"live_accuracy", "overrides", "overrides_by_source"}


def test_at_rest_a_look_is_wrong_less_often_than_its_level():
    """Without embeddings, which have a test of their own, for time."""
    wrong = 0
    for seed in range(40):
        window, before = (
            at_rest(n, s, embeddings=None) for n, s in ((200, seed), (400, 500 + seed))
        )
        wrong += bool(beyond(look(window, {Against.LAST_MONTH: before}, level=0.1, seed=seed)))
    assert wrong <= 8  # one in a hundred tries would have more than 8 of 40 at 0.1


@pytest.mark.parametrize("column", ["widths", "heights", "probabilities", "embeddings"])
def test_numbers_that_are_none_are_refused_in_words(column):
    whole = at_rest(30, 1)
    broken = np.array(getattr(whole, column))
    broken[3] = np.nan
    with pytest.raises(ValueError, match=f"{column} hold something that is not a number"):
        replace(whole, **{column: broken})


@pytest.mark.parametrize(
    ("column", "values", "words"),
    [
        ("widths", np.zeros(30), "widths must be above 0"),
        ("probabilities", np.full(30, 1.5), "probabilities must lie between 0 and 1"),
        ("embeddings", np.zeros(30), "embeddings must have the shape"),
        ("labels", np.repeat("robot", 30), "labels hold unknown words: robot"),
        ("verdicts", np.repeat("", 30), "verdicts hold unknown words"),
        ("channels", np.repeat("page", 29), "one length"),
    ],
)
def test_what_cannot_be_is_refused_in_words(column, values, words):
    with pytest.raises(ValueError, match=words):
        replace(at_rest(30, 1), **{column: values})


def test_rows_of_pictures_keep_every_column():
    chosen = at_rest(30, 1).rows([4, 2])
    assert len(chosen) == 2
    for column in fields(Pictures):
        whole = getattr(at_rest(30, 1), column.name)
        assert np.array_equal(
            getattr(chosen, column.name), whole[[4, 2]], equal_nan=whole.dtype.kind == "f"
        )


def test_every_figure_has_a_title_and_says_what_to_do():
    names = {figure.name for figure in FIGURES}
    assert names == set(TITLES) == set(ADVICE)
    assert len(names) == len(FIGURES)
