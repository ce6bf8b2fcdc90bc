"""What comes or is drawn while its picture goes for good, on a SQLite file and on Postgres."""

import pytest

from tests.races import RunModule


@pytest.mark.parametrize("state", ["classified", "failed"])
@pytest.mark.parametrize("moment", ["found", "held"])
def test_known_bytes_that_come_while_their_picture_goes_are_taken_in(
    run_module: RunModule, moment: str, state: str
) -> None:
    left = run_module("tests.labelling.erase_race", moment, state)

    assert (left["coming"], left["erasing"], left["erased"]) == ({"done": 1}, {"done": 1}, 1)
    # Whichever of the two was first: what is left is whole.
    assert left["files"] == left["images"]
    assert left["submissions"] == len(left["images"])


@pytest.mark.parametrize("moment", ["drawn", "stored"])
def test_what_is_drawn_while_its_picture_goes_goes_too(run_module: RunModule, moment: str) -> None:
    left = run_module("tests.labelling.erase_race", moment, "classified")

    assert (left["erasing"], left["erased"]) == ({"done": 1}, 1)
    assert left["drawing"] in ({"done": 1}, {"NotFound": 1})
    assert (left["images"], left["files"]) == ([], [])
