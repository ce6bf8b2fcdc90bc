"""Many figures are tested at once: which of them are beyond chance all the same."""

from collections.abc import Sequence

import numpy as np

from classifier.monitoring.pictures import Flags, Floats


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


def adjusted(p_values: Sequence[float]) -> Floats:
    """Holm's adjusted p-values (K,), in the order given.

    Each is the least level at which :func:`holm` would mark it, so figures that were tested
    together can be drawn against one level.
    """
    values = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    stepped = values[order] * (len(values) - np.arange(len(values)))
    found = np.empty(len(values))
    found[order] = np.minimum(np.maximum.accumulate(stepped), 1.0)
    return found
