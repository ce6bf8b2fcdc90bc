import numpy as np
import pytest

from classifier.detector.polarity import labels_of
from classifier.training.figures import Judged, auroc, ece
from classifier.training.metrics import measure
from classifier.training.reliability import curves, noise_floor, reliability
from classifier.vocabulary import Label, Verdict


def calibrated(n: int, *, seed: int = 0, stretch: float = 1.0) -> Judged:
    """Pictures whose truth is drawn from what is said; ``stretch`` above 1 says too much."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, n)
    truth = rng.random(n) < 1 / (1 + np.exp(-logits))
    said = 1 / (1 + np.exp(-stretch * logits))
    return Judged.of(said, labels_of(truth), [Verdict.UNCERTAIN] * n)


@pytest.mark.parametrize("n", [200, 1500])
def test_the_noise_floor_is_what_an_honest_detector_shows(n: int) -> None:
    floor = noise_floor(calibrated(n))
    shown = [ece(calibrated(n, seed=seed)) for seed in range(1, 60)]
    assert np.mean(shown) == pytest.approx(floor.mean(), rel=0.2)
    assert np.mean(np.array(shown) <= np.percentile(floor, 95)) >= 0.85


def test_fewer_pictures_make_more_noise() -> None:
    assert noise_floor(calibrated(200)).mean() > 2 * noise_floor(calibrated(2000)).mean()


def test_a_detector_that_says_too_much_stands_out() -> None:
    loud = calibrated(1500, stretch=3.0)
    assert ece(loud) > 2 * np.percentile(noise_floor(loud), 95)
    truth = labels_of(loud.is_ai)
    figures = measure(loud.probabilities, truth, [Verdict.UNCERTAIN] * 1500)
    assert figures.ece is not None
    assert figures.ece_noise is not None
    assert figures.ece.low <= figures.ece.value <= figures.ece.high
    assert figures.ece.low > figures.ece_noise.high


def test_the_bins_hold_every_picture_once_and_the_truth_lies_in_their_bands() -> None:
    honest = calibrated(2000)
    bins = reliability(honest)
    assert sum(one.n for one in bins) == 2000
    assert [one.probability for one in bins] == sorted(one.probability for one in bins)
    inside = [one.low <= one.share_ai <= one.high for one in bins]
    assert np.mean(inside) >= 0.8


def test_the_roc_curve_encloses_the_auroc() -> None:
    judged = calibrated(400)
    points = np.array(curves(judged).roc)
    assert points[0].tolist() == [0, 0]
    assert points[-1].tolist() == [1, 1]
    assert np.trapezoid(points[:, 1], points[:, 0]) == pytest.approx(auroc(judged), abs=0.01)


def test_risk_begins_with_the_surest_and_ends_with_all() -> None:
    known = [Label.AI, Label.AI, Label.HUMAN, Label.HUMAN]
    chances = np.array([0.99, 0.4, 0.05, 0.7])
    verdicts = [Verdict.AI, Verdict.UNCERTAIN, Verdict.HUMAN, Verdict.AI]
    points = curves(Judged.of(chances, known, verdicts))
    assert points.risk_coverage == ((0.25, 0.0), (0.5, 0.0), (0.75, 0.3333), (1.0, 0.5))
    assert points.answering == (0.75, 0.3333)


def test_histograms_are_shares_of_their_class() -> None:
    points = curves(calibrated(300))
    assert sum(points.ai_scores) == pytest.approx(1, abs=0.01)
    assert sum(points.human_scores) == pytest.approx(1, abs=0.01)


def test_one_class_alone_has_a_histogram_and_nothing_else() -> None:
    alone = Judged.of(np.array([0.2, 0.9]), [Label.AI] * 2, [Verdict.AI] * 2)
    points = curves(alone)
    assert (points.reliability, points.roc, points.risk_coverage) == ((), (), ())
    assert sum(points.ai_scores) == 1
    assert sum(points.human_scores) == 0
