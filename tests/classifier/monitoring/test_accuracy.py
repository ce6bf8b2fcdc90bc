"""How often the version is right, with labels and without."""

from dataclasses import replace

import numpy as np
import pytest

from classifier.monitoring.accuracy import (
    AUDITED,
    Estimate,
    average_confidence,
    estimates,
    live_accuracy,
    thresholded_confidence,
)
from classifier.monitoring.moved import TooFew
from classifier.monitoring.pictures import Pictures
from labelling.statistics import intervals
from labelling.statistics.figure import Figure
from tests.classifier.monitoring.rows import at_rest


def test_live_accuracy_has_the_interval_that_the_pages_show():
    found = live_accuracy(np.array([1.0] * 18 + [0.0] * 2 + [np.nan] * 5))
    shown = intervals.accuracy(18, 20)
    assert isinstance(found, Estimate)
    assert isinstance(shown, Figure)
    assert (found.value, found.n, found.assumption) == (0.9, 20, AUDITED)
    assert (found.low, found.high) == pytest.approx((shown.low, shown.high))
    assert (found.low, found.high) == pytest.approx((0.6990, 0.9721), abs=1e-4)


def test_average_confidence_is_that_of_the_likelier_class():
    found = average_confidence(np.array([0.9, 0.1] * 10))
    assert isinstance(found, Estimate)
    assert (found.value, found.low, found.high) == pytest.approx((0.9, 0.9, 0.9))


def test_a_threshold_is_taken_from_what_measured_the_version():
    """A quarter of it was wrong, so a quarter is less sure than the threshold: 0.7."""
    measured, right = np.tile([0.6, 0.7, 0.2, 0.9], 10), np.tile([0.0, 1, 1, 1], 10)
    same = thresholded_confidence(measured, measured, right)
    unsure = thresholded_confidence(np.array([0.6] * 15 + [0.95] * 15), measured, right)
    assert isinstance(same, Estimate)
    assert isinstance(unsure, Estimate)
    assert (same.value, unsure.value) == (0.75, 0.5)


@pytest.mark.parametrize(("right", "value"), [(1.0, 1.0), (0.0, 0.0)])
def test_a_version_that_was_always_or_never_right_stays_so(right, value):
    measured = np.linspace(0.6, 0.9, 30)
    found = thresholded_confidence(measured, measured, np.full(30, right))
    assert isinstance(found, Estimate)
    assert found.value == value


def test_estimates_of_a_calibrated_version_are_near_the_truth():
    live, averaged, thresholded = estimates(at_rest(4000, 1), at_rest(4000, 2))
    for found in (live, averaged, thresholded):
        assert isinstance(found, Estimate)
        assert found.value == pytest.approx(0.75, abs=0.04)
        assert found.low <= found.value <= found.high
        assert found.assumption.endswith(".")


def test_few_pictures_say_too_few():
    assert live_accuracy(np.ones(19)) == TooFew(19, 19, 20)
    assert average_confidence(np.zeros(0)) == TooFew(0, 0, 20)
    assert thresholded_confidence(np.ones(50), np.ones(3), np.ones(3)) == TooFew(50, 3, 20)


def test_what_nobody_kept_says_too_few():
    bare = replace(at_rest(200, 1), labels=None)
    live, averaged, thresholded = estimates(bare, bare)
    assert live == TooFew(0, 0, 20)
    assert isinstance(averaged, Estimate)
    assert thresholded == TooFew(200, 0, 20)
    assert all(isinstance(found, TooFew) for found in estimates(Pictures(), Pictures()))
