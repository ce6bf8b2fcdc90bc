"""Whether one source of labels says something else than it did, while the others do not."""

from dataclasses import replace

import numpy as np

from classifier.monitoring.moved import Moved
from classifier.monitoring.pictures import Floats, Words
from classifier.monitoring.univariate import shares_moved

LEAST_OF_SOURCE = 10  # labels; of fewer no source is judged


def sources_moved(now: Words, before: Words, rng: np.random.Generator) -> Moved:
    """Compare how often each source's labels overrule the verdict; the source that moved most.

    Each word is ``1`` or ``0`` (overruled or not) and the source's name. A source with too few
    labels before is compared with all labels from before. Fisher's exact test for each source,
    the least p-value times the number of sources (Bonferroni); ``rng`` is not needed.
    """
    (flags, names), (flags_before, names_before) = _parted(now), _parted(before)
    sources, counts = np.unique(names, return_counts=True)
    judged = [str(name) for name in sources[counts >= LEAST_OF_SOURCE]]
    if not judged:
        return shares_moved(flags, flags_before, "share of overruled verdicts, all sources")
    found = []
    for name in judged:
        own = names_before == name
        earlier = flags_before[own] if own.sum() >= LEAST_OF_SOURCE else flags_before
        mine = np.flatnonzero(names == name)
        moved = shares_moved(flags[mine], earlier, f"share of verdicts that {name} overruled")
        found.append((moved.p_value, moved, mine))
    p_value, moved, mine = min(found, key=lambda each: each[0])
    return replace(moved, p_value=min(1.0, p_value * len(found)), rows=mine[moved.rows])


def _parted(words: Words) -> tuple[Floats, Words]:
    """The flags as 0 and 1, and the names behind them."""
    flags = np.array([float(word[0]) for word in words])
    return flags, np.array([word[1:] for word in words], dtype=np.str_)
