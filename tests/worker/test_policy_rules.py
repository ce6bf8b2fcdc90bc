"""What a policy decides from its rules and the figures, in the words that people read."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from worker.models import RetrainingPolicy
from worker.services.policy_rules import Decision, Figures, decide

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def ask(figures: Mapping[str, object], **rules: Any) -> Decision:
    """Ask a policy that minds nothing but ``rules`` on a site where nothing stands in the way."""
    policy = RetrainingPolicy(**{"on_drift": False, **rules})
    given: dict[str, Any] = {"now": NOW, "live_version": 1, **figures}
    return decide(policy, Figures(**given))


ENOUGH = {"new_ai": 12, "new_human": 12}
BY_LABELS = {"min_new_labels": 20}


def test_enough_labels_of_both_classes_retrain() -> None:
    decision = ask(ENOUGH, **BY_LABELS)
    assert (decision.retrain, decision.trigger, decision.reason) == (True, "labels", "asked")
    assert decision.sentence == ("Began to retrain because 24 new labels are in (12 AI, 12 human).")


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        ({"new_ai": 10, "new_human": 9}, "19 of 20 new labels are in"),
        ({}, "0 of 20 new labels are in"),
        (
            {"new_ai": 23, "new_human": 1},
            "1 of the 24 new labels is human, and 3 of each class are needed",
        ),
        (
            {"new_ai": 2, "new_human": 18},
            "2 of the 20 new labels are AI, and 3 of each class are needed",
        ),
    ],
)
def test_too_few_labels_do_not(figures: dict[str, object], words: str) -> None:
    decision = ask(figures, **BY_LABELS)
    assert (decision.retrain, decision.reason, decision.trigger) == (False, "waiting", "")
    assert decision.sentence == f"Did not retrain because {words}."


def test_exactly_enough_is_enough() -> None:
    assert ask({"new_ai": 17, "new_human": 3}, **BY_LABELS).retrain


def test_a_paused_policy_asks_for_nothing() -> None:
    decision = ask(ENOUGH, enabled=False, **BY_LABELS)
    assert decision.sentence == "Did not retrain because the policy is paused."
    assert decision.reason == "paused"


def test_a_policy_without_a_rule_says_so() -> None:
    assert ask(ENOUGH).sentence == "Did not retrain because none of its rules is switched on."


def test_the_schedule_asks_when_it_is_due() -> None:
    due = ask({**ENOUGH, "due_at": NOW}, schedule="0 10 * * *")
    assert (due.retrain, due.trigger) == (True, "schedule")
    assert due.sentence == "Began to retrain because the schedule was due on 23 Nov at 10:00."

    early = ask({**ENOUGH, "due_at": NOW + timedelta(hours=1)}, schedule="0 11 * * *")
    assert early.sentence == (
        "Did not retrain because the schedule is next due on 23 Nov at 11:00."
    )


def test_an_alert_asks_where_the_policy_minds_drift() -> None:
    alerted = {**ENOUGH, "drift_at": NOW - timedelta(minutes=5)}
    decision = ask(alerted, on_drift=True)
    assert (decision.retrain, decision.trigger) == (True, "drift")
    assert decision.sentence == "Began to retrain because drift was alerted on 23 Nov at 09:55."
    assert not ask(alerted, on_drift=False).retrain


@pytest.mark.parametrize(
    ("right", "labels", "retrains", "words"),
    [
        (
            26,
            30,
            True,
            "the live version is right on 86.7% of 30 audit pictures, below the floor of 90.0%",
        ),
        (
            27,
            30,
            False,
            "the live version is right on 90.0% of 30 audit pictures, not below the floor of 90.0%",
        ),
        (0, 29, False, "29 of 30 audit labels are in to judge by"),
    ],
)
def test_accuracy_below_the_floor_asks_once_enough_is_known(
    right: int, labels: int, retrains: bool, words: str
) -> None:
    figures = {**ENOUGH, "audit_labels": labels, "audit_right": right}
    decision = ask(figures, accuracy_floor=0.9, accuracy_min_labels=30)
    assert (decision.retrain, decision.trigger) == (retrains, "accuracy" if retrains else "")
    assert words in decision.sentence


def test_all_that_it_waits_for_is_told() -> None:
    decision = ask({"new_ai": 3}, on_drift=True, **BY_LABELS)
    assert decision.sentence == (
        "Did not retrain because 3 of 20 new labels are in; no drift was alerted."
    )


def test_every_rule_that_asks_is_named_and_the_first_is_the_trigger() -> None:
    figures = {**ENOUGH, "drift_at": NOW, "due_at": NOW}
    decision = ask(figures, on_drift=True, schedule="0 10 * * *", **BY_LABELS)
    assert (decision.retrain, decision.trigger) == (True, "labels")
    assert decision.sentence == (
        "Began to retrain because 24 new labels are in (12 AI, 12 human) and the schedule was due "
        "on 23 Nov at 10:00 and drift was alerted on 23 Nov at 10:00."
    )


@pytest.mark.parametrize(
    ("figures", "rules", "reason", "passing", "words"),
    [
        (
            {"live_version": None},
            {},
            "no_version",
            False,
            "no version answers yet, so there is none to start from",
        ),
        ({"under_way": True}, {}, "under_way", True, "a retraining is under way already"),
        (
            {"last_ended_at": NOW - timedelta(minutes=4)},
            {"cool_down_minutes": 10},
            "cool_down",
            True,
            "the last one ended on 23 Nov at 09:56 and it waits until 23 Nov at 10:06",
        ),
        (
            {"minutes": 60.4},
            {"monthly_minutes": 60},
            "budget",
            False,
            "60 of the 60 minutes for this month are used up",
        ),
    ],
)
def test_what_stands_in_the_way_is_told(
    figures: dict[str, object],
    rules: dict[str, object],
    reason: str,
    passing: bool,
    words: str,
) -> None:
    decision = ask({**ENOUGH, **figures}, **BY_LABELS, **rules)
    assert not decision.retrain
    assert (decision.reason, decision.trigger, decision.passing) == (reason, "labels", passing)
    assert decision.sentence == (
        f"Did not retrain, though 24 new labels are in (12 AI, 12 human), because {words}."
    )


@pytest.mark.parametrize(
    ("figures", "rules"),
    [
        ({"last_ended_at": NOW - timedelta(minutes=10)}, {"cool_down_minutes": 10}),
        ({"last_ended_at": NOW}, {"cool_down_minutes": 0}),
        ({"minutes": 59.9}, {"monthly_minutes": 60}),
        ({"minutes": 6000.0}, {"monthly_minutes": None}),
    ],
)
def test_what_is_over_or_not_reached_does_not(
    figures: dict[str, object], rules: dict[str, object]
) -> None:
    assert ask({**ENOUGH, **figures}, **BY_LABELS, **rules).retrain


@pytest.mark.parametrize(
    ("failures", "waits"),
    [
        (0, timedelta(minutes=10)),
        (1, timedelta(minutes=10)),
        (2, timedelta(minutes=20)),
        (4, timedelta(minutes=80)),
        (10, timedelta(days=1)),
    ],
)
def test_after_failures_in_a_row_it_waits_longer_and_longer(
    failures: int, waits: timedelta
) -> None:
    def at(ago: timedelta) -> Decision:
        figures = {**ENOUGH, "failures": failures, "last_ended_at": NOW - ago}
        return ask(figures, cool_down_minutes=10, **BY_LABELS)

    assert at(waits - timedelta(seconds=1)).reason == "cool_down"
    assert at(waits).retrain


@pytest.mark.parametrize(
    ("new", "words"),
    [
        (0, "nothing was settled since it learned"),
        (2, "only 2 of the least of 3 new labels are in"),
    ],
)
def test_a_schedule_needs_something_to_learn_from(new: int, words: str) -> None:
    decision = ask({"new_ai": new, "due_at": NOW}, schedule="0 10 * * *", min_per_class=3)
    assert (decision.reason, decision.passing) == ("too_little", False)
    assert decision.sentence.endswith(f"because {words}.")


def test_the_figures_can_be_stored() -> None:
    stored = Figures(now=NOW, live_version=2, new_ai=1, due_at=NOW).to_dict()
    assert stored["now"] == stored["due_at"] == "2026-11-23T10:00:00+00:00"
    assert (stored["new_ai"], stored["drift_at"], stored["minutes"]) == (1, None, 0.0)
