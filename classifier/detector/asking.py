"""How much a person's answer about a picture would teach the version that judged it."""

import numpy as np

from classifier.detector.polarity import FloatArray

# Asked first is what would be called human on weak grounds: at half of the probability below
# which it is. There a mistake goes unseen, while between the thresholds the detector says itself
# that it does not know. Measured against one half: docs/adr/0029.
AIM = 0.5
REACH = 1.5  # log-odds from there to a picture that is worth 1/e as much
# What is as unlike everything known as the bound of doubt allows counts so much of the rank.
NOVELTY = 0.2
SUREST = 1e-6


def priorities(probabilities: FloatArray, novelties: FloatArray, *, human: float) -> FloatArray:
    """Return ranks (N,) from 0 to 1: the higher, the sooner people should look.

    ``probabilities`` of AI are calibrated; up to ``human`` the verdict says human. ``novelties``
    (N,) say how far each picture lies from what was learned from, 1 where the detector ceases to
    answer, NaN where nobody measured it.
    """
    distance = np.abs(_log_odds(probabilities) - _log_odds(np.array(AIM * human)))
    new = np.clip(np.nan_to_num(novelties), 0.0, 1.0)
    return np.asarray((1 - NOVELTY) * np.exp(-distance / REACH) + NOVELTY * new, dtype=np.float64)


def _log_odds(probabilities: FloatArray) -> FloatArray:
    inside = np.clip(np.asarray(probabilities, dtype=np.float64), SUREST, 1 - SUREST)
    return np.asarray(np.log(inside) - np.log1p(-inside))
