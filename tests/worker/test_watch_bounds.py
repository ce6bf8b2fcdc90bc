"""When the figures after a promotion are an alarm."""

import pytest

from classifier.vocabulary import Label, Verdict
from worker.services.shadow_bounds import Agreement, Pair
from worker.services.watch_bounds import alarm_in, below_floor


def test_a_jump_of_the_share_of_ai_is_an_alarm() -> None:
    found = Agreement(compared=100, more_ai=30)
    assert alarm_in(found, gain=0.0) == (
        "It calls 30 of 100 new pictures more AI than the version before would; 10% would be fine."
    )
    assert alarm_in(Agreement(compared=100, less_ai=30), gain=0.0).startswith(
        "It calls 30 of 100 new pictures fewer AI"
    )


@pytest.mark.parametrize(
    "found",
    [
        Agreement(compared=100, more_ai=20),  # 20 % may still be chance
        Agreement(compared=29, more_ai=29),  # too few to tell
        Agreement(compared=100, more_ai=30, less_ai=30),  # as many the other way
        Agreement(compared=100, more_ai=60, better=6),  # people say that it is right
        Agreement(),
    ],
)
def test_this_is_none(found: Agreement) -> None:
    assert alarm_in(found, gain=0.0) == ""


def test_as_much_more_may_move_as_it_learned_to_change() -> None:
    assert alarm_in(Agreement(compared=100, more_ai=60), gain=0.4) == ""


def test_answers_of_people_against_it_are_an_alarm_however_few_the_pictures() -> None:
    assert alarm_in(Agreement(compared=6, worse=6), gain=1.0) == (
        "Where it differs from the version before on pictures that people have settled, it is "
        "right 0 times and the version before 6 times."
    )


def audited(right: int, wrong: int, *, wrong_before: int) -> list[Pair]:
    """Human pictures, of which the new version gets some wrong."""
    return [
        Pair(
            Verdict.HUMAN,
            0.9 if number < wrong_before else 0.1,
            Verdict.HUMAN,
            0.9 if number < wrong else 0.1,
            Label.HUMAN,
        )
        for number in range(right + wrong)
    ]


def test_an_audit_below_the_floor_is_an_alarm_where_the_version_before_did_better() -> None:
    assert below_floor(audited(50, 50, wrong_before=10), floor=0.9) == (
        "On the audit sample it is right on 50 of 100 pictures, the version before on 90; "
        "the floor is 90%."
    )
    assert below_floor(audited(50, 50, wrong_before=50), floor=0.9) == ""
    assert below_floor(audited(85, 15, wrong_before=0), floor=0.9) == "", "this may be chance"
    assert below_floor(audited(0, 29, wrong_before=0), floor=0.9) == "", "too few to tell"
