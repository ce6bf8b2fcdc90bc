"""What many do at the same moment, on a SQLite file and on Postgres."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.labelling.race import AT_ONCE, ROUNDS
from tests.races import RunModule

Race = Callable[[str], dict[str, Any]]


@pytest.fixture
def race(run_module: RunModule) -> Race:
    """Run a race by its name on each database and return what it left behind."""
    return partial(run_module, "tests.labelling.race")


def test_the_same_bytes_at_once_are_one_file_and_one_image(race: Race) -> None:
    left = race("same_upload")

    assert left["done"] == left["submissions"] == AT_ONCE * ROUNDS
    assert left["files"] == left["images"]
    assert len(left["images"]) == ROUNDS
    # None of them waited for the broker, which is not there: that would take 6 s each.
    assert left["seconds"] < 4 * ROUNDS


def test_whoever_fails_takes_no_file_away_from_those_who_succeed(race: Race) -> None:
    left = race("failing_upload")

    assert left["done"] == left["OSError"] == left["submissions"] == AT_ONCE // 2 * ROUNDS
    assert left["files"] == left["images"]
    assert len(left["images"]) == ROUNDS


def test_cleaning_up_takes_no_file_from_an_upload_that_comes_meanwhile(race: Race) -> None:
    left = race("upload_during_cleanup")

    assert left["submissions"] == 1
    assert left["files"] == left["images"]
    assert len(left["images"]) == 1


def test_a_key_pressed_many_times_is_one_vote(race: Race) -> None:
    left = race("same_vote")

    assert (left["done"], left["Conflict"]) == (1, AT_ONCE - 1)
    assert (left["reviews"], left["labels"]) == (1, 1)


def test_two_undos_at_once_take_back_two_votes(race: Race) -> None:
    left = race("same_undo")

    assert left["done"] == 2
    assert left["labels"] == 1


def test_a_second_look_takes_no_label_from_two_who_agree(race: Race) -> None:
    left = race("second_look")

    assert left["done"] == ROUNDS + 2
    assert left["labels"] == ROUNDS
    assert left["reviews"] == 2 * ROUNDS


def test_an_invitation_makes_one_account_however_many_accept_it(race: Race) -> None:
    left = race("same_invitation")

    assert (left["done"], left["NotFound"]) == (ROUNDS, ROUNDS * (AT_ONCE - 1))
    assert left["people"] == 1 + ROUNDS


def test_of_those_who_want_one_name_one_gets_it_and_no_invitation_is_used_up(race: Race) -> None:
    left = race("same_name")

    assert (left["done"], left["InvalidRequest"]) == (1, AT_ONCE - 1)
    assert (left["people"], left["open"]) == (2, AT_ONCE - 1)


def test_those_of_one_name_who_first_come_at_once_get_names_of_their_own(race: Race) -> None:
    left = race("same_first_sign_in")

    assert left["done"] == AT_ONCE
    assert left["names"] == ["nina", *(f"nina-{number}" for number in range(2, AT_ONCE + 1))]


def test_two_who_take_each_others_role_leave_one_administrator(race: Race) -> None:
    left = race("last_administrator")

    assert (left["done"], left["NotAllowed"]) == (ROUNDS, ROUNDS)
    assert left["left"] == [1] * ROUNDS


def test_a_request_sent_ten_times_at_once_under_one_key_is_answered_once(race: Race) -> None:
    left = race("same_key")

    assert (left["done"], left["submissions"]) == (10, 1)
    assert [status for status, _ in left["answers"]] == [202], "all ten got the same answer"
    assert len(left["images"]) == 1
