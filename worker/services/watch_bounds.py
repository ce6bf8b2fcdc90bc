"""When the figures after a promotion are an alarm. Pure: pairs in, words out.

docs/promotion.md tells people what stands here.
"""

from collections.abc import Sequence
from math import sqrt

from worker.services.shadow_bounds import Agreement, Pair, is_right, lowest_share

JUMP = 0.10  # so much may the share of AI verdicts move
LEAST = 30  # below so many pictures a share says nothing
# The watch looks again and again, so what may be chance must be rarer than in a single look.
Z = 3.29  # one in a thousand


def alarm_in(found: Agreement, *, gain: float) -> str:
    """A sentence where the new version does harm on new pictures, else nothing.

    ``gain`` is as in ``shadow_bounds.objection``: as much more may move.
    """
    if found.contradicted:
        return (
            f"Where it differs from the version before on pictures that people have settled, it is "
            f"right {found.better} times and the version before {found.worse} times."
        )
    if found.vouched or found.compared < LEAST:
        return ""
    moved, allowed = found.more_ai - found.less_ai, JUMP + gain
    if abs(moved) / found.compared - Z * moved_error(found) <= allowed:
        return ""
    word = "more" if moved > 0 else "fewer"
    return (
        f"It calls {abs(moved)} of {found.compared} new pictures {word} AI than the version "
        f"before would; {allowed:.0%} would be fine."
    )


def moved_error(found: Agreement) -> float:
    """The standard error of the paired difference between the two shares of AI verdicts."""
    moved, turned = found.more_ai - found.less_ai, found.more_ai + found.less_ai
    return sqrt(max(0.0, turned - moved**2 / found.compared)) / found.compared


def below_floor(audited: Sequence[Pair], *, floor: float) -> str:
    """A sentence where the new version is right too seldom on the audit sample, else nothing.

    Only where chance does not explain it, and where the version before is right more often: to
    return would not help otherwise.
    """
    wrong = sum(is_right(pair.probability_now, pair) is False for pair in audited)
    wrong_before = sum(is_right(pair.probability_before, pair) is False for pair in audited)
    surely = lowest_share(wrong, len(audited), z=Z) > 1 - floor
    if len(audited) < LEAST or not surely or wrong_before >= wrong:
        return ""
    return (
        f"On the audit sample it is right on {len(audited) - wrong} of {len(audited)} pictures, "
        f"the version before on {len(audited) - wrong_before}; the floor is {floor:.0%}."
    )
