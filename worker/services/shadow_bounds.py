"""When a challenger in shadow agrees enough with the champion. Pure: pairs in, words out.

docs/promotion.md tells people what stands here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import comb, sqrt

from classifier.vocabulary import Label, Verdict

FLIPS = 0.05  # of 100 verdicts so many may turn between AI and human
DIFFERENCE = 0.10  # how far the probabilities may be apart on average
LEAST = 20  # below so many pictures an average says nothing
DOUBT = 0.05  # a sign test below this is no accident
Z = 1.96
EVEN = 0.5
OPPOSITES = {(Verdict.AI, Verdict.HUMAN), (Verdict.HUMAN, Verdict.AI)}


@dataclass(frozen=True)
class Pair:
    """What both said of one picture; ``label`` is what people settled, if they have."""

    before: Verdict
    probability_before: float
    now: Verdict
    probability_now: float
    label: Label | None = None


@dataclass(frozen=True)
class Agreement:
    """The pairs, counted. ``better`` and ``worse``: settled pictures on which only one is right.

    ``more_ai`` and ``less_ai``: pictures that only the challenger, or only the champion, calls AI.
    """

    compared: int = 0
    agreed: int = 0
    flips: int = 0
    mean_difference: float = 0.0
    better: int = 0
    worse: int = 0
    more_ai: int = 0
    less_ai: int = 0

    @property
    def vouched(self) -> bool:
        """People's answers show that where the two differ the challenger is right."""
        return at_least_by_chance(self.better, self.better + self.worse) < DOUBT

    @property
    def contradicted(self) -> bool:
        """People's answers show that where the two differ the champion is right."""
        return at_least_by_chance(self.worse, self.better + self.worse) < DOUBT


def count(pairs: Iterable[Pair]) -> Agreement:
    rows = list(pairs)
    settled = [(is_right(p.probability_before, p), is_right(p.probability_now, p)) for p in rows]
    apart = [abs(pair.probability_now - pair.probability_before) for pair in rows]
    ai = [(pair.before == Verdict.AI, pair.now == Verdict.AI) for pair in rows]
    return Agreement(
        compared=len(rows),
        agreed=sum(pair.before == pair.now for pair in rows),
        flips=sum((pair.before, pair.now) in OPPOSITES for pair in rows),
        mean_difference=sum(apart) / len(rows) if rows else 0.0,
        better=settled.count((False, True)),
        worse=settled.count((True, False)),
        more_ai=ai.count((False, True)),
        less_ai=ai.count((True, False)),
    )


def is_right(probability: float, pair: Pair) -> bool | None:
    """At one half, where both always have an answer; None where nobody has settled it."""
    if pair.label is None:
        return None
    return (probability >= EVEN) == (pair.label == Label.AI)


def objection(found: Agreement, *, gain: float) -> str | None:
    """Why the challenger must not answer, or None.

    ``gain`` is the share of new labels that it gets right and the champion does not (0 to 1): as
    much more may change, because to change that is what it learned.
    """
    if found.contradicted:
        return (
            f"where the two differ on pictures that people have settled, the old version is right "
            f"{found.worse} times and the new one {found.better} times."
        )
    if found.vouched:
        return None
    flips, difference = FLIPS + gain, DIFFERENCE + gain
    if lowest_share(found.flips, found.compared) > flips:
        return (
            f"{found.flips} of {found.compared} verdicts turned between AI and human; "
            f"{flips:.0%} would be fine."
        )
    if found.compared >= LEAST and found.mean_difference > difference:
        return (
            f"its probabilities are {found.mean_difference:.2f} apart on average from those of the "
            f"version in use, on {found.compared} pictures; {difference:.2f} would be fine."
        )
    return None


def lowest_share(hits: int, of: int, *, z: float = Z) -> float:
    """The lower end of Wilson's interval of a share; 0 where nothing was counted."""
    if not of:
        return 0.0
    share, part = hits / of, z * z / of
    spread = z * sqrt(share * (1 - share) / of + part / (4 * of))
    return (share + part / 2 - spread) / (1 + part)


def at_least_by_chance(hits: int, of: int) -> float:
    """How likely a fair coin shows ``hits`` or more in ``of`` throws."""
    return sum(comb(of, k) for k in range(hits, of + 1)) / 2**of
