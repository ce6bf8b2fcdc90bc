"""When the votes on a picture settle it. Pure: no database, no people, only votes."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Any

UNSURE = "unsure"
GOLD_VOTES = 2  # people who must agree, unseen by each other, before a picture may measure
SECOND_LOOK_VOTES = 2  # people who must agree where a label is in doubt, or on one's own picture
DISPUTE_VOTES = 2  # people who must agree where somebody disputes the verdict


class Decision(StrEnum):
    """What people can settle of a picture. An unusable one has no label and never trains."""

    AI = "ai"
    HUMAN = "human"
    UNUSABLE = "unusable"


def consensus(votes: Mapping[Any, str], wanted: int, own: Collection[Any] = ()) -> Decision | None:
    """What ``votes`` settle, or None. One for each person: ``ai human unusable unsure``.

    At least ``wanted`` people must have decided, and all of them alike: whoever is unsure decides
    nothing, and where two disagree nothing is settled, however many stand on one side. Those in
    ``own`` handed the picture in themselves: one of them alone settles nothing.
    """
    decided = {who: Decision(answer) for who, answer in votes.items() if answer != UNSURE}
    if len(decided) < _needed(decided, wanted, own) or len(set(decided.values())) != 1:
        return None
    return next(iter(decided.values()))


def _needed(decided: Collection[Any], wanted: int, own: Collection[Any]) -> int:
    nobody_else = set(decided) <= set(own)
    return max(wanted, SECOND_LOOK_VOTES if nobody_else else 1)
