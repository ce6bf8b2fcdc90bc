"""Many figures are tested at once: which of them are beyond chance all the same."""

from collections.abc import Sequence

import numpy as np

from classifier.monitoring.pictures import Flags


def holm(p_values: Sequence[float], level: float) -> Flags:
    """Mark the p-values (K,) that Holm's step-down procedure rejects (Scand. J. Stat. 6, 1979).

    Where nothing has moved, the chance that any is marked is at most ``level``, however the
    figures depend on each other. Raises ValueError for what is no p-value.
    """
    values = np.asarray(p_values, dtype=np.float64)
    if not ((values >= 0) & (values <= 1)).all():
        raise ValueError("p-values must lie between 0 and 1")
    order = np.argsort(values, kind="stable")
    allowed = level / (len(values) - np.arange(len(values)))
    passed = np.logical_and.accumulate(values[order] <= allowed)
    marked = np.zeros(len(values), dtype=np.bool_)
    marked[order[passed]] = True
    return marked
