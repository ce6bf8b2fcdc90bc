"""What many do at the same moment is done once, on a SQLite file and on Postgres, with no cache."""

from typing import Any

import pytest

from tests.races import RunModule
from tests.worker.race import AT_ONCE, ROUNDS

OTHERS = AT_ONCE - 1


@pytest.fixture
def ended(run_module: RunModule) -> dict[str, Any]:
    """How each race ended on this database."""
    return run_module("tests.worker.race")


def test_of_many_at_once_one_wins_and_the_others_are_told(ended: dict[str, Any]) -> None:
    assert ended == {
        "requests": {"'queued'": 1, "Conflict": OTHERS},
        "claims": {"True": 1, "False": OTHERS},
        "freezing": {"25": AT_ONCE, "snapshots": 1},
        "classifying": {"None": AT_ONCE, "predictions": 1, "embeddings": 1, "evidence": 1},
        "sending": {"1": 1, "0": OTHERS},
        "cancelling": {"agreed": ROUNDS},
        "counting": {"1": 1, "0": OTHERS, "surplus": 0},
        "making_policies": {"True": 1, "Conflict": OTHERS, "surplus": 0},
    }
