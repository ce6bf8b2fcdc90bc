"""How often a statistic comes out as large where it is drawn who belongs to the window."""

from collections.abc import Callable

import numpy as np

from classifier.monitoring.pictures import Flags, Floats

DRAWS = 4999  # so that the least p-value is 0.0002
ENOUGH = 20  # draws as large as what was seen, after which nothing small can come of it
AT_A_TIME = 500

Statistic = Callable[[Flags], Floats]


def permutation_p(statistic: Statistic, is_now: Flags, rng: np.random.Generator) -> float:
    """The p-value of a statistic that is large where window and reference differ.

    ``is_now`` (N,) marks the window among all N pictures; ``statistic`` takes many such marks at
    once, (draws, N), and returns one number for each. Valid for any statistic where all pictures
    come from one distribution: Phipson & Smyth, Stat. Appl. Genet. Mol. Biol. 9 (2010) 39. It ends
    early where the p-value will be large, as in Besag & Clifford, Biometrika 78 (1991) 301-304.
    """
    seen = float(statistic(is_now[np.newaxis])[0])
    # What differs by rounding alone is a tie.
    bound = seen - 1e-12 * max(1.0, abs(seen))
    larger = drawn = 0
    while drawn < DRAWS:
        count = min(100 if not drawn else AT_A_TIME, DRAWS - drawn)
        values = statistic(rng.permuted(np.tile(is_now, (count, 1)), axis=1)) >= bound
        if larger + values.sum() >= ENOUGH:
            last = int(np.flatnonzero(np.cumsum(values) >= ENOUGH - larger)[0])
            return ENOUGH / (drawn + last + 1)
        larger, drawn = larger + int(values.sum()), drawn + count
    return (larger + 1) / (drawn + 1)
