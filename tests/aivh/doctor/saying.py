"""What a check says, as the report has it."""

from collections.abc import Callable

import pytest

from aivh.doctor.examine import examine
from aivh.doctor.finding import Check, Doubtful, Finding, Wrong

GET_UP = "Start it again."


def finding(look: Callable[[], str], *, seconds: float = 10.0) -> Finding:
    """Examined in a thread of its own, as the command does it."""
    [found] = examine({"it": Check(look, GET_UP)}, seconds=seconds)
    return found


def failure(look: Callable[[], str]) -> Wrong:
    """Asked in this very thread, in whose transaction the test's rows are."""
    with pytest.raises(Wrong) as raised:
        look()
    assert not isinstance(raised.value, Doubtful)
    return raised.value


def doubt(look: Callable[[], str]) -> Doubtful:
    with pytest.raises(Doubtful) as raised:
        look()
    return raised.value
