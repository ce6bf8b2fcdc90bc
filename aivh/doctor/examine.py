"""Every check at once, each with the same time."""

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass

from aivh.discretion import without_secrets
from aivh.doctor.finding import Check, Finding, State, Wrong, in_short
from worker.beside import beside

UNFORESEEN = "Nobody foresaw this. Run it again; if it stays, report it with this line."


@dataclass(frozen=True)
class Timed:
    """What a check found, and how many seconds that took."""

    state: State
    words: str
    todo: str
    seconds: float


def examine(checks: Mapping[str, Check], *, seconds: float) -> Iterator[Finding]:
    """Run all checks beside each other and tell of them in their order.

    None may take more than ``seconds``; one that does is left where it hangs.
    """
    deadline = time.monotonic() + seconds
    answers = {name: beside(_timed(check.look)) for name, check in checks.items()}
    for name, answer in answers.items():
        found = _wait(answer, deadline) or Timed(
            State.FAIL, f"No answer within {seconds:g} seconds", checks[name].if_silent, seconds
        )
        words, todo = without_secrets(found.words), without_secrets(found.todo)
        yield Finding(name, found.state, words, todo, round(found.seconds, 3))


def _wait(answer: Future[Timed], deadline: float) -> Timed | None:
    try:
        return answer.result(max(deadline - time.monotonic(), 0))
    except TimeoutError:
        return None


def _timed(look: Callable[[], str]) -> Callable[[], Timed]:
    """The same look, of which nothing gets out but what it found."""

    def timed() -> Timed:
        begun = time.monotonic()
        state, words, todo = _outcome(look)
        return Timed(state, words, todo, time.monotonic() - begun)

    return timed


def _outcome(look: Callable[[], str]) -> tuple[State, str, str]:
    try:
        return State.OK, look(), ""
    except Wrong as wrong:
        return wrong.state, wrong.words, wrong.todo
    except Exception as error:
        return State.FAIL, f"{type(error).__name__}: {in_short(error)}", UNFORESEEN
