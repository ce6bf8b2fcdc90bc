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


class Reason(StrEnum):
    """Why a verdict is ``uncertain``. The codes are stored and sent: never rename one."""

    TOO_SMALL = "too_small"
    UNFAMILIAR = "unfamiliar"
    VIEWS_DISAGREE = "views_disagree"
    BETWEEN_THRESHOLDS = "between_thresholds"
