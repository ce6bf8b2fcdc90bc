"""Checks that have a rule of their own: what stays right, and that there are answers at all."""

from math import sqrt

from classifier.training.figures import coverage
from classifier.training.gate.row import SHARE, GateRow, written
from classifier.training.gate.rule import CERTAINTY, not_compared, place
from classifier.training.gate.sets import Compared

# Of the mistakes that were put right so many may come back: none, below a hundred of them.
BROKEN_AGAIN = 0.01
# A version that leaves more than this to people helps them too little.
LEAST_ANSWERED = 0.4
WAS_RIGHT = "right before, wrong now"


def kept_right_row(compared: Compared) -> GateRow:
    """Of what the champion answers rightly, the challenger may answer next to nothing wrongly.

    An answer that becomes "uncertain" is no error here.
    """
    right = compared.champion.right
    wrong = compared.challenger.answered & ~compared.challenger.right
    n, broken = int(right.sum()), int((right & wrong).sum())
    if not n:
        return not_compared(WAS_RIGHT, compared.name, "", 0, needed=1)
    low, high = wilson(broken, n)
    ok = broken <= int(BROKEN_AGAIN * n)
    words = (
        f"{WAS_RIGHT} ({compared.name}): {broken} of the {n} pictures that the version before "
        f"answers rightly; {'fine.' if ok else f'{int(BROKEN_AGAIN * n)} are allowed.'}"
    )
    share = broken / n
    return GateRow(
        name=WAS_RIGHT,
        set=compared.name,
        slice="",
        n=n,
        before=0.0,
        now=round(share, 4),
        worse_by=round(share, 4),
        low=round(low, 4),
        high=round(high, 4),
        threshold=BROKEN_AGAIN,
        ok=ok,
        words=words,
    )


def floor_row(compared: Compared) -> GateRow:
    """However careful it is, a challenger must answer 40 % of the pictures, or as many as before.

    Losses that are small enough for each version could otherwise add up over many.
    """
    before, now = coverage(compared.champion), coverage(compared.challenger)
    least = min(LEAST_ANSWERED, before)
    low, high = wilson(int(compared.challenger.answered.sum()), len(compared))
    ok = now >= least
    end = "fine." if ok else "that is too few for a detector."
    words = (
        f"answered at all ({place(compared.name, '')}): {written(now, SHARE)}, and at least "
        f"{written(least, SHARE)} are asked for; {end}"
    )
    return GateRow(
        name="answered at all",
        set=compared.name,
        slice="",
        n=len(compared),
        before=round(before, 4),
        now=round(now, 4),
        worse_by=round(before - now, 4),
        low=round(before - high, 4),
        high=round(before - low, 4),
        threshold=round(before - least, 4),
        ok=ok,
        words=words,
    )


def wilson(count: int, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share, by Wilson's score."""
    share, z = count / n, CERTAINTY
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(middle - half, 0.0), min(middle + half, 1.0)
