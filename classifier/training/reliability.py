"""Whether a probability means what it says, and what abstaining buys: the points of the plots."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from classifier.detector.polarity import FloatArray
from classifier.training.figures import BINS, Judged, bin_of, even_weights

DRAWS, DRAWS_AT_ONCE = 1000, 50
MOST_POINTS = 120


@dataclass(frozen=True)
class ReliabilityBin:
    """The ``n`` pictures whose probability lies in one bin.

    Of perfectly calibrated detectors 95 % would show a ``share_ai`` from ``low`` to ``high``.
    """

    n: int
    probability: float
    share_ai: float
    low: float
    high: float


@dataclass(frozen=True)
class Curves:
    """Points for the plots. ``roc`` and ``risk_coverage`` are (x, y); the histograms are shares.

    ``risk_coverage`` holds, from the surest pictures to all, which share is answered and which
    share of these answers is wrong at one half, both classes weighing alike; ``answering`` is
    where the verdicts themselves stand.
    """

    reliability: tuple[ReliabilityBin, ...]
    roc: tuple[tuple[float, float], ...]
    risk_coverage: tuple[tuple[float, float], ...]
    answering: tuple[float, float] | None
    ai_scores: tuple[float, ...]
    human_scores: tuple[float, ...]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def curves(judged: Judged) -> Curves:
    """Return the points of all plots; those without a meaning are empty."""
    if judged.one_class:
        parts = (_shares(judged, ai=True), _shares(judged, ai=False))
        return Curves((), (), (), None, *parts)
    return Curves(
        reliability=reliability(judged),
        roc=roc(judged),
        risk_coverage=risk_coverage(judged),
        answering=_answering(judged),
        ai_scores=_shares(judged, ai=True),
        human_scores=_shares(judged, ai=False),
    )


def noise_floor(judged: Judged, *, seed: int = 0) -> FloatArray:
    """Return the calibration errors of 1,000 perfectly calibrated detectors, (1000,).

    Each keeps this one's probabilities, and the truth is drawn from them.
    """
    return np.asarray(np.abs(_simulated_gaps(judged, seed)).sum(axis=1))


def _simulated_gaps(judged: Judged, seed: int) -> FloatArray:
    """Return Σ weight × (truth − probability) of each bin in each draw, (DRAWS, BINS)."""
    rng = np.random.default_rng(seed)
    chances, weights = judged.probabilities, even_weights(judged.is_ai)
    in_bin = np.eye(BINS)[bin_of(chances)]
    blocks = []
    for _ in range(DRAWS // DRAWS_AT_ONCE):
        truth = rng.random((DRAWS_AT_ONCE, len(chances))) < chances
        blocks.append(((truth - chances) * weights) @ in_bin)
    return np.concatenate(blocks)


def reliability(judged: Judged) -> tuple[ReliabilityBin, ...]:
    """Return the bins that hold a picture, from low to high."""
    place, weights = bin_of(judged.probabilities), even_weights(judged.is_ai)
    count = np.bincount(place, minlength=BINS)
    mass = np.bincount(place, weights, BINS)
    probability = np.bincount(place, weights * judged.probabilities, BINS)
    is_ai = np.bincount(place, weights * judged.is_ai, BINS)
    low, high = np.percentile(_simulated_gaps(judged, 0), [2.5, 97.5], axis=0)
    return tuple(
        ReliabilityBin(
            n=int(count[bin_]),
            probability=_short(probability[bin_] / mass[bin_]),
            share_ai=_short(is_ai[bin_] / mass[bin_]),
            low=_short(max((probability[bin_] + low[bin_]) / mass[bin_], 0.0)),
            high=_short(min((probability[bin_] + high[bin_]) / mass[bin_], 1.0)),
        )
        for bin_ in np.flatnonzero(count)
    )


def roc(judged: Judged) -> tuple[tuple[float, float], ...]:
    """Return (share of human pictures above, share of AI pictures above) for all thresholds."""
    _, place = np.unique(-judged.probabilities, return_inverse=True)
    ai = np.cumsum(np.bincount(place, judged.is_ai)) / judged.is_ai.sum()
    human = np.cumsum(np.bincount(place, ~judged.is_ai)) / (~judged.is_ai).sum()
    return _points(np.append(0.0, human), np.append(0.0, ai))


def risk_coverage(judged: Judged) -> tuple[tuple[float, float], ...]:
    """Return (share answered, share of answers that are wrong), from the surest picture on."""
    weights = even_weights(judged.is_ai)
    _, place = np.unique(-np.abs(judged.probabilities - 0.5), return_inverse=True)
    answered = np.cumsum(np.bincount(place, weights))
    wrong = np.cumsum(np.bincount(place, weights * ~judged.right_at_half))
    return _points(answered, wrong / answered)


def _answering(judged: Judged) -> tuple[float, float] | None:
    weights = even_weights(judged.is_ai)
    answered = float(weights @ judged.answered)
    if not answered:
        return None
    return _short(answered), _short(1 - float(weights @ judged.right) / answered)


def _shares(judged: Judged, *, ai: bool) -> tuple[float, ...]:
    chosen = judged.probabilities[judged.is_ai == ai]
    count = np.bincount(bin_of(chosen), minlength=BINS)
    return tuple(_short(share) for share in count / max(len(chosen), 1))


def _points(xs: npt.NDArray[Any], ys: npt.NDArray[Any]) -> tuple[tuple[float, float], ...]:
    """Thin a curve out to what a plot can show; both ends stay."""
    kept = np.unique(np.linspace(0, len(xs) - 1, MOST_POINTS).round().astype(int))
    return tuple((_short(xs[place]), _short(ys[place])) for place in kept)


def _short(value: float) -> float:
    return round(float(value), 4)
