"""Disputes and links at the same moment, on a SQLite file and on Postgres."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.labelling.dispute_race import MOST
from tests.labelling.race import AT_ONCE
from tests.races import RunModule

Race = Callable[[str], dict[str, Any]]


@pytest.fixture
def race(run_module: RunModule) -> Race:
    """Run a race by its name on each database and return what it left behind."""
    return partial(run_module, "tests.labelling.dispute_race")


def test_a_form_sent_many_times_is_one_dispute(race: Race) -> None:
    left = race("same_dispute")
    assert (left["done"], left["Conflict"], left["disputes"]) == (1, AT_ONCE - 1, 1)


def test_the_limit_of_open_disputes_holds_for_those_that_come_together(race: Race) -> None:
    left = race("too_many_disputes")
    assert (left["done"], left["Conflict"]) == (MOST, AT_ONCE - MOST)
    assert left["disputes"] == MOST


def test_of_two_answers_and_a_withdrawal_one_counts_and_the_others_change_nothing(
    race: Race,
) -> None:
    left = race("two_answers")
    assert (left["done"], left["Conflict"]) == (1, 2)
    state, answer = left["dispute"]["state"], left["dispute"]["answer"]
    label = {"jo": ["human"], "kim": ["ai"], "": []}[answer]
    assert state == {"jo": "accepted", "kim": "declined", "": "withdrawn"}[answer]
    assert (left["labels"], left["reviews"]) == (label, len(label))
    assert left["closed"] == [f"dispute.{state}"]
    assert not left["still_disputed"]
    assert left["regression"] == (state == "accepted")


def test_the_limit_of_links_holds_for_those_that_come_together(race: Race) -> None:
    left = race("too_many_links")
    assert (left["done"], left["Conflict"], left["links"]) == (MOST, AT_ONCE - MOST, MOST)
