"""The words of the detector, spelt once for every room."""

from enum import StrEnum


class Label(StrEnum):
    """What a picture is. Nothing anywhere codes a class by a bare number."""

    HUMAN = "human"
    AI = "ai"


class Verdict(StrEnum):
    """What the detector says of a picture; ``uncertain`` is an answer, not a failure."""

    AI = "ai"
    HUMAN = "human"
    UNCERTAIN = "uncertain"
