"""No picture loses its file to a round that deletes leftovers, on a SQLite file and on Postgres."""

import pytest

from tests.races import RunModule
from tests.worker.leftovers.race import AT_ONCE

RACE = "tests.worker.leftovers.race"


def test_rounds_at_once_leave_the_files_of_what_was_handed_in_meanwhile(
    run_module: RunModule,
) -> None:
    left = run_module(RACE, "at_once")
    assert left["done"] == AT_ONCE + 4
    assert len(left["images"]) == 4
    assert left["files"] == left["images"]


@pytest.mark.parametrize("moment", ["came_before", "came_while", "swept_while_it_comes"])
def test_a_leftover_that_is_handed_in_meanwhile_is_a_picture_with_its_file(
    run_module: RunModule, moment: str
) -> None:
    left = run_module(RACE, moment)
    assert left["coming"] == {"done": 1}
    assert len(left["images"]) == 1
    assert left["files"] == left["images"]
    assert left.get("failed", 0) == 0
