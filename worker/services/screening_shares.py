"""That nobody teaches the detector alone: how much of what is new one person may give. Pure."""

from collections import Counter
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime

MOST_SHARE = 0.30
LEAST_PEOPLE = 3  # with fewer, whoever does least would decide how much is learned from the others
REVIEWER, UPLOADER = "reviewer", "uploader"
WHY = {
    REVIEWER: "Its reviewer gave more than {share:.0%} of the new labels, and this is one of the "
    "newest. It counts once others have given more, or a second person agrees.",
    UPLOADER: "Its uploader gave more than {share:.0%} of the new pictures, and this is one of "
    "the newest. It counts once others have given more, or a second person agrees.",
}


@dataclass(frozen=True)
class Gift:
    """A new label: who settled it alone and who handed the picture in, None where it was several.

    ``name`` tells apart what was settled at the same moment.
    """

    reviewer: Hashable | None
    uploader: Hashable | None
    settled_at: datetime
    name: str


def most_share(people: int) -> float:
    """The largest part that one of so many may give; 1 where there are too few to share it out.

    Three people cannot each keep below 30 % of what they give together, so each may give a third.
    """
    return max(MOST_SHARE, 1.0 / people) if people >= LEAST_PEOPLE else 1.0


def surplus(gifts: Sequence[Gift]) -> dict[int, str]:
    """Return the places of the labels that are too many, and why each is left out.

    Of what a person gave the oldest stay. What is left keeps the shares, so leaving out goes on
    until nobody has too much of the rest; always with the same outcome.
    """
    kept = sorted(range(len(gifts)), key=lambda row: (gifts[row].settled_at, gifts[row].name))
    shares = {
        role: most_share(len({getattr(gift, role) for gift in gifts} - {None}))
        for role in (REVIEWER, UPLOADER)
    }
    left_out: dict[int, str] = {}
    while beyond := _beyond(gifts, kept, shares):
        left_out |= beyond
        kept = [row for row in kept if row not in beyond]
    return left_out


def _beyond(gifts: Sequence[Gift], kept: Sequence[int], shares: dict[str, float]) -> dict[int, str]:
    """The newest labels of whoever has too many of those that are ``kept``, the oldest first."""
    for role, share in shares.items():
        givers = [getattr(gifts[row], role) for row in kept]
        # One label is never too many, or a few uneven ones would be rounded down to none.
        if rows := _too_many(givers, max(1, int(share * len(kept) + 1e-9))):
            return {kept[row]: WHY[role].format(share=share) for row in rows}
    return {}


def _too_many(givers: Collection[Hashable | None], allowed: int) -> list[int]:
    """The places of what comes after a giver's first ``allowed`` ones."""
    given: Counter[Hashable] = Counter()
    rows = []
    for row, giver in enumerate(givers):
        if giver is None:
            continue
        given[giver] += 1
        if given[giver] > allowed:
            rows.append(row)
    return rows
