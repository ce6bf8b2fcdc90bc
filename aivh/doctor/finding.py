"""What a check says."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

LONGEST = 200  # characters of somebody else's words


class State(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Wrong(Exception):
    """The site, or a part of it, does not work: what was found, and what to do in a sentence."""

    state = State.FAIL

    def __init__(self, words: str, todo: str) -> None:
        super().__init__(words)
        self.words, self.todo = words, todo


class Doubtful(Wrong):
    """The site works, but somebody should know; or it could not be told."""

    state = State.WARN


@dataclass(frozen=True)
class Check:
    """``look`` returns what was found. ``if_silent`` is what to do when it does not come back."""

    look: Callable[[], str]
    if_silent: str


@dataclass(frozen=True)
class Finding:
    """One line of the report; ``todo`` is empty where nothing is to do."""

    check: str
    state: State
    words: str
    todo: str
    seconds: float


def in_short(error: object) -> str:
    """The beginning of an error: libraries explain at length and repeat themselves."""
    lines = str(error).strip().splitlines()
    words = lines[0].strip().removesuffix(".") if lines else type(error).__name__
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"
