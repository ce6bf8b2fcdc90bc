"""Intervals of 95 %: Wilson's for a share, the bootstrap's for what has no formula."""

from collections.abc import Callable
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from labelling.statistics.figure import Figure, NoFigure, Result

Z = 1.959963984540054  # the standard normal distribution's 97.5 % point
LEAST = 20  # an interval from fewer says next to nothing
SEED = 20
RESAMPLES = 2000
AT_A_TIME = 4_000_000  # numbers in memory while resampling

Floats = NDArray[np.float64]
Statistic = Callable[[Floats], Floats]


def wilson(share: float, n: int) -> tuple[float, float]:
    """Both ends of Wilson's score interval of ``share`` among ``n`` (J. Am. Stat. Assoc. 22, 1927).

    Unlike the usual ± it never leaves 0 to 1, and holds for few and for extreme shares. Where the
    items carry shares themselves, each from 0 to 1, it is a little too wide.
    """
    middle = share + Z * Z / (2 * n)
    reach = Z * sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    scale = 1 + Z * Z / n
    low, high = (middle - reach) / scale, (middle + reach) / scale
    # The share itself is always inside, whatever rounding says.
    return max(0.0, min(share, low)), min(1.0, max(share, high))


def accuracy(right: int, n: int, *, least: int = LEAST) -> Result:
    """The share of ``n`` answers that are right, with Wilson's interval."""
    if n < max(least, 1):
        return NoFigure(n, least)
    return Figure(right / n, *wilson(right / n, n), n)


def bootstrap(parts: Floats, times: NDArray[np.int64], statistic: Statistic) -> tuple[float, float]:
    """The percentile interval of a statistic of summed parts (Efron 1979), over drawn items.

    ``parts`` are what each kind of item adds (kinds × sums), ``times`` how often each kind
    occurred; ``statistic`` takes many sums at once (resamples × sums). Drawing as many items anew,
    with repetition, is drawing how often each kind occurs. The seed is fixed: the same items give
    the same interval. A resample for which the statistic is not defined is left out.
    """
    drawn = np.random.default_rng(SEED)
    chance, n = times / times.sum(), int(times.sum())
    chunk = max(1, AT_A_TIME // len(times))
    values: list[Floats] = []
    for begun in range(0, RESAMPLES, chunk):
        counts = drawn.multinomial(n, chance, size=min(chunk, RESAMPLES - begun))
        values.append(statistic(counts @ parts))
    low, high = np.nanquantile(np.concatenate(values), [0.025, 0.975])
    return float(low), float(high)
