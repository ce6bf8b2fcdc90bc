"""How much a person's answer about a picture would teach the version that judged it."""

import numpy as np

from classifier.detector.polarity import FloatArray

# What is as unlike everything known as the bound of doubt allows counts so much of the rank.
NOVELTY = 0.25


def priorities(probabilities: FloatArray, novelties: FloatArray) -> FloatArray:
    """Return ranks (N,) from 0 to 1: the higher, the sooner people should look.

    ``probabilities`` of AI are calibrated; ``novelties`` (N,) say how far each picture lies from
    what was learned from, 1 where the detector ceases to answer, NaN where nobody measured it.
    """
    doubt = 1.0 - 2.0 * np.abs(np.asarray(probabilities) - 0.5)
    new = np.clip(np.nan_to_num(novelties), 0.0, 1.0)
    return np.asarray((1 - NOVELTY) * doubt + NOVELTY * new, dtype=np.float64)
