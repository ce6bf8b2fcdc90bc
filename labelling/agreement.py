"""When the votes on a picture settle it. Pure: no database, no people, only votes."""

from collections.abc import Mapping
from typing import Any

from classifier.vocabulary import Label

UNSURE = "unsure"
GOLD_VOTES = 2  # people who must agree, unseen by each other, before a picture may measure


def consensus(votes: Mapping[Any, str], wanted: int) -> Label | None:
    """What ``votes`` (one for each person: ``ai``, ``human``, ``unsure``) settle, or None.

    At least ``wanted`` people must have decided, and all of them alike: whoever is unsure decides
    nothing, and where two disagree nothing is settled, however many stand on one side.
    """
    decided = [Label(answer) for answer in votes.values() if answer != UNSURE]
    if len(decided) < max(wanted, 1) or len(set(decided)) != 1:
        return None
    return decided[0]
