"""One thing that a file says of its origin."""

import re
from dataclasses import dataclass
from enum import StrEnum

LONGEST_NAME = 80
LONGEST_PLACE = 200
LONGEST_SENTENCE = 400
LONGEST_PROMPT = 200

# Control characters, and those that turn the direction of the text around them.
UNSEEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]+"
)


class Kind(StrEnum):
    """Where clues come from, the strongest first."""

    CREDENTIALS = "credentials"
    SOURCE_TYPE = "source_type"
    GENERATOR = "generator"
    CAMERA = "camera"


class Says(StrEnum):
    """Which side a clue speaks for."""

    AI = "ai"
    HUMAN = "human"
    NEUTRAL = "neutral"


@dataclass(frozen=True)
class Clue:
    """``verified`` means that a signature was checked and fits; all else is declared.

    ``tool`` is the program or camera that the file names, ``prompt`` the beginning of the text
    that a generator was given; both may be empty. All texts are short and without control
    characters, but not escaped. There is never a person's name or a place on Earth in them.
    """

    kind: Kind
    says: Says
    tool: str
    where: str
    verified: bool
    sentence: str
    prompt: str = ""


def plain(text: str, longest: int) -> str:
    """One line of visible text, cut with an ellipsis where it is longer than ``longest``."""
    # Cutting first keeps a megabyte of blanks from being worked through.
    line = " ".join(UNSEEN.sub(" ", text[: 20 * longest]).split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"
