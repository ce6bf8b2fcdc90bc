"""How often a picture's verdict turns around on its way through the web."""

from collections.abc import Mapping, Sequence

import numpy as np

from classifier.detector.polarity import ai_targets
from classifier.training.figures import Judged, share
from classifier.training.metrics import Interval, interval, resamples
from classifier.training.scoring import Said
from classifier.training.tiers import CLEAN
from classifier.vocabulary import Label


def flips(
    said: Mapping[str, Said], labels: Sequence[Label], units: Sequence[str] | None = None
) -> dict[str, Interval]:
    """Return for each tier but clean the share of verdicts that turned; none without clean.

    Only ``ai`` to ``human`` or back counts; falling silent is no flip. ``units`` as in
    :func:`~classifier.training.metrics.measure`.
    """
    if CLEAN not in said:
        return {}
    before = Judged.of(said[CLEAN].probabilities, labels, said[CLEAN].verdicts)
    drawn = resamples(ai_targets(labels), units=units)
    independent = len(labels if units is None else set(units))
    found = {}
    for tier in said:
        if tier != CLEAN:
            after = Judged.of(said[tier].probabilities, labels, said[tier].verdicts)
            turned = (before.verdict_ai & after.verdict_human) | (
                before.verdict_human & after.verdict_ai
            )
            values = np.array([share(turned[rows]) for rows in drawn])
            found[tier] = interval(share(turned), values, of=independent)
    return found
