"""Polarity, from class folders to a verdict: an AI picture is called ``ai``, whatever it shows."""

import pytest

from classifier.detector.detector import Detector
from classifier.vocabulary import Label, Verdict
from tests.classifier.toy import toy_bundle_of, toy_bytes

UNSEEN = range(1000, 1010)


@pytest.mark.parametrize("smooth", list(Label))
def test_a_trained_bundle_calls_each_class_by_its_name(smooth: Label) -> None:
    detector = Detector.load(toy_bundle_of(smooth))

    for label, expected in ((Label.AI, Verdict.AI), (Label.HUMAN, Verdict.HUMAN)):
        findings = [detector.examine(toy_bytes(label, seed, smooth=smooth)) for seed in UNSEEN]
        assert [finding.verdict for finding in findings] == [expected] * len(UNSEEN)
        assert all((finding.logit > 0) == (label is Label.AI) for finding in findings)
        assert all((finding.probability_ai > 0.5) == (label is Label.AI) for finding in findings)
