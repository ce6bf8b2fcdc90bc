"""Whoever moves versions at the same moment: one answers, one is in shadow, all of it is told.

On a SQLite file and on Postgres, each in a process of its own.
"""

from typing import Any

import pytest

from tests.races import RunModule


@pytest.fixture
def ended(run_module: RunModule) -> dict[str, Any]:
    """How each race ended on this database."""
    return run_module("tests.worker.promotion_race")


def test_versions_are_moved_by_one_at_a_time(ended: dict[str, Any]) -> None:
    assert ended == {
        "two_conclude": {
            "ended": {"'in shadow'": 2},
            "running": 1,
            "overtaken": 1,
            "states": {"production": 1, "rejected": 1, "shadow": 1},
        },
        "all_decide": {
            "ended": {"None": 4},
            "pairs": 8,
            "answers": True,
            "promotions": 1,
            "watches": 1,
        },
        "promote_against_rollback": {
            "once promoted": 1,
            "ended": 2,
            "answering": 1,
            "watches": True,
            "told": True,
        },
        "all_sound_the_alarm": {
            "ended": {"True": 1, "False": 3},
            "answers": True,
            "returned": 1,
        },
    }
