"""Policies are asked after new labels and by the clock, and each answer is a row to read."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest
from django.conf import LazySettings
from django.core.cache import cache
from django.utils import timezone

from classifier.errors import NotAllowed
from classifier.models import ModelVersion
from classifier.vocabulary import Label
from labelling.announcements import label_settled
from labelling.models import AuditEntry, Image, Prediction
from labelling.models import Label as SettledLabel
from tests.worker.conftest import People
from worker import broker
from worker.announcements import drift_alerted
from worker.models import Kind, PolicyEvaluation, RetrainingPolicy, TrainingRun, Trigger
from worker.services import policy as policies
from worker.services.cancelling import cancel_run
from worker.services.policy import evaluate_policies, evaluate_policy
from worker.services.policy_changes import delete_policy, save_policy
from worker.services.policy_figures import due_at
from worker.services.retraining import enqueue, run_retraining
from worker.services.snapshots import freeze_snapshot

Settle = Callable[..., list[Image]]
Commit = Callable[..., object]
State = TrainingRun.State


@pytest.fixture
def policy(version: ModelVersion) -> RetrainingPolicy:
    """The policy that every site begins with, on a site with a version that answers."""
    return RetrainingPolicy.objects.get()


@pytest.fixture
def sent() -> Iterator[list[tuple[object, ...]]]:
    """What was put on the queue, by the policies and by the run that they ask for."""
    messages: list[tuple[object, ...]] = []

    def send(*message: object, delay: float = 0) -> bool:
        messages.append((*message, delay) if delay else message)
        return True

    with (
        patch.object(policies, "send", send),
        patch("worker.services.retraining.send", send),
    ):
        yield messages


def settle_enough(settle: Settle, people: People, first: int = 0) -> None:
    for label in Label:
        settle(label, range(first, first + 12), by=people.reviewer)


def test_every_site_begins_with_a_policy_that_learns(policy: RetrainingPolicy) -> None:
    assert (policy.name, policy.enabled, policy.kind) == ("Learn from new labels", True, "refit")
    assert (policy.min_new_labels, policy.min_per_class, policy.cool_down_minutes) == (20, 3, 10)
    assert (policy.schedule, policy.accuracy_floor, policy.monthly_minutes) == ("", None, 600)


def test_enough_labels_bring_a_run_and_a_row_that_says_why(
    policy: RetrainingPolicy,
    people: People,
    settle: Settle,
    sent: list[tuple[object, ...]],
    django_capture_on_commit_callbacks: Commit,
) -> None:
    settle_enough(settle, people)

    with django_capture_on_commit_callbacks(execute=True):
        evaluate_policies()

    run = TrainingRun.objects.get()
    assert (run.state, run.trigger, run.kind) == (State.QUEUED, Trigger.LABELS, Kind.REFIT)
    assert run.requested_by is None
    assert sent == [("retrain", run.pk)]
    row = PolicyEvaluation.objects.get()
    assert (row.decision, row.trigger, row.run) == ("retrain", "labels", run)
    assert row.sentence == "Began to retrain because 24 new labels are in (12 AI, 12 human)."
    assert (row.figures["new_ai"], row.figures["new_human"]) == (12, 12)
    assert row.figures["live_version"] == 1


def test_the_site_learns_by_itself_and_then_waits_for_more(
    policy: RetrainingPolicy, people: People, settle: Settle
) -> None:
    settle_enough(settle, people)
    evaluate_policies()
    run_retraining(TrainingRun.objects.get().pk)
    evaluate_policies()

    made = TrainingRun.objects.get().version
    assert made is not None  # whether it goes live is the gate's to say
    assert made.number == 2
    newest, first = PolicyEvaluation.objects.all()
    assert first.decision == "retrain"
    assert newest.sentence == (
        "Did not retrain because 0 of 20 new labels are in; no drift was alerted."
    )


def test_the_same_refusal_counts_up_and_keeps_the_newest_figures(
    policy: RetrainingPolicy, people: People, settle: Settle
) -> None:
    evaluate_policy(policy.pk)
    first = PolicyEvaluation.objects.get()
    settle(Label.AI, range(4), by=people.reviewer)
    evaluate_policy(policy.pk)
    evaluate_policy(policy.pk)

    row = PolicyEvaluation.objects.get()
    assert (row.pk, row.at, row.count) == (first.pk, first.at, 3)
    assert row.last_at > first.last_at
    assert row.sentence == (
        "Did not retrain because 4 of 20 new labels are in; no drift was alerted."
    )
    assert row.figures["new_ai"] == 4


def test_another_refusal_is_another_row(policy: RetrainingPolicy) -> None:
    evaluate_policy(policy.pk)
    RetrainingPolicy.objects.update(enabled=False)
    evaluate_policy(policy.pk)
    RetrainingPolicy.objects.update(enabled=True)
    evaluate_policy(policy.pk)
    reasons = [row.reason for row in PolicyEvaluation.objects.order_by("pk")]
    assert reasons == ["waiting", "paused", "waiting"]


def test_one_under_way_is_named_and_no_second_one_begins(
    policy: RetrainingPolicy, people: People, settle: Settle
) -> None:
    settle_enough(settle, people)
    evaluate_policies()
    evaluate_policies()
    assert TrainingRun.objects.count() == 1
    assert PolicyEvaluation.objects.order_by("-pk")[0].reason == "under_way"


def test_of_two_policies_the_first_retrains(
    policy: RetrainingPolicy, people: People, settle: Settle
) -> None:
    second = RetrainingPolicy.objects.create(name="Also", min_new_labels=5)
    settle_enough(settle, people)
    evaluate_policies()
    assert TrainingRun.objects.count() == 1
    assert policy.evaluations.get().decision == "retrain"
    assert second.evaluations.get().reason == "under_way"


def test_where_somebody_was_quicker_that_is_what_is_written(
    policy: RetrainingPolicy, people: People, settle: Settle
) -> None:
    settle_enough(settle, people)
    enqueue(dispatch=False)
    with patch("worker.services.policy_figures.TrainingRun.ACTIVE", ()):  # it looked before
        row = evaluate_policy(policy.pk)
    assert row is not None
    assert (row.decision, row.reason, row.run) == ("refuse", "under_way", None)
    assert "somebody else began at the same moment" in row.sentence
    assert TrainingRun.objects.count() == 1


def test_after_a_retraining_it_cools_down(
    policy: RetrainingPolicy, people: People, settle: Settle
) -> None:
    ended(State.PROMOTED, minutes_ago=4)
    settle_enough(settle, people)
    row = evaluate_policy(policy.pk)
    assert row is not None
    assert row.reason == "cool_down"
    ended(State.PROMOTED, minutes_ago=11)
    TrainingRun.objects.order_by("pk")[0].delete()
    row = evaluate_policy(policy.pk)
    assert row is not None
    assert row.decision == "retrain"


def ended(state: str, *, minutes_ago: float, **fields: object) -> TrainingRun:
    at = timezone.now() - timedelta(minutes=minutes_ago)
    run = TrainingRun.objects.create(state=state, finished_at=at, **fields)
    TrainingRun.objects.filter(pk=run.pk).update(created_at=at)
    return run


def test_a_skipped_run_is_no_retraining_to_cool_down_from(
    policy: RetrainingPolicy, people: People, settle: Settle
) -> None:
    ended(State.SKIPPED, minutes_ago=1)
    settle_enough(settle, people)
    row = evaluate_policy(policy.pk)
    assert row is not None
    assert row.decision == "retrain"


def test_one_that_found_nothing_to_learn_from_is_not_begun_again_at_once(
    policy: RetrainingPolicy, people: People, settle: Settle
) -> None:
    settle_enough(settle, people)
    run = ended(State.SKIPPED, minutes_ago=1, snapshot=freeze_snapshot())
    TrainingRun.objects.filter(pk=run.pk).update(started_at=run.finished_at)
    row = evaluate_policy(policy.pk)
    assert row is not None
    assert (row.reason, row.figures["new_ai"]) == ("waiting", 0)
    settle_enough(settle, people, first=50)
    row = evaluate_policy(policy.pk)
    assert row is not None
    assert (row.reason, row.figures["new_ai"]) == ("cool_down", 12)


def test_failures_in_a_row_are_counted_up_to_the_last_one_that_ended_well(
    policy: RetrainingPolicy,
) -> None:
    ended(State.FAILED, minutes_ago=50)
    ended(State.REJECTED, minutes_ago=40)
    ended(State.FAILED, minutes_ago=30)
    ended(State.SKIPPED, minutes_ago=20)
    ended(State.FAILED, minutes_ago=10)
    row = evaluate_policy(policy.pk)
    assert row is not None
    assert row.figures["failures"] == 2


def test_the_months_minutes_are_those_of_every_run_since_its_first_day(
    policy: RetrainingPolicy, people: People, settle: Settle
) -> None:
    this_month = timezone.localtime().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    for created, minutes in ((this_month, 400.0), (this_month - timedelta(seconds=1), 900.0)):
        run = ended(State.PROMOTED, minutes_ago=60, minutes=minutes)
        TrainingRun.objects.filter(pk=run.pk).update(created_at=created)
    settle_enough(settle, people)
    RetrainingPolicy.objects.update(monthly_minutes=400)
    row = evaluate_policy(policy.pk)
    assert row is not None
    assert (row.reason, row.figures["minutes"]) == ("budget", 400.0)


def test_labels_of_a_cancelled_retraining_do_not_ask_for_it_again(
    policy: RetrainingPolicy, people: People, settle: Settle
) -> None:
    settle_enough(settle, people)
    evaluate_policies()
    cancel_run(run_id=TrainingRun.objects.get().pk, by=people.admin)
    TrainingRun.objects.update(finished_at=timezone.now() - timedelta(hours=1))

    row = evaluate_policy(policy.pk)
    assert row is not None
    assert (row.reason, row.figures["new_ai"]) == ("waiting", 0)

    settle_enough(settle, people, first=100)
    row = evaluate_policy(policy.pk)
    assert row is not None
    assert (row.decision, row.figures["new_ai"]) == ("retrain", 12)


def test_gold_and_audit_and_regression_labels_ask_for_nothing(
    policy: RetrainingPolicy, people: People, settle: Settle
) -> None:
    settle(Label.AI, range(5), by=people.reviewer, gold=True)
    audit, guard, _ = settle(Label.HUMAN, range(3), by=people.reviewer)
    Image.objects.filter(pk=audit.pk).update(audit=True)
    Image.objects.filter(pk=guard.pk).update(regression_since=timezone.now())
    row = evaluate_policy(policy.pk)
    assert row is not None
    assert (row.figures["new_ai"], row.figures["new_human"]) == (0, 1)


def audited(policy: RetrainingPolicy, images: list[Image], version: ModelVersion) -> None:
    """Make them audit pictures on which ``version`` says AI."""
    Image.objects.filter(pk__in=[image.pk for image in images]).update(audit=True)
    Prediction.objects.bulk_create(
        Prediction(image=image, version=version, probability_ai=0.9, logit=2.0, verdict="ai")
        for image in images
    )
    RetrainingPolicy.objects.update(
        accuracy_floor=0.8, accuracy_min_labels=4, min_new_labels=None, on_drift=False
    )


def test_audit_accuracy_below_the_floor_asks_for_a_retraining(
    policy: RetrainingPolicy, version: ModelVersion, people: People, settle: Settle
) -> None:
    images = settle(Label.AI, range(3), by=people.reviewer)
    images += settle(Label.HUMAN, range(1), by=people.reviewer)
    settle(Label.HUMAN, range(10, 13), by=people.reviewer)  # what it can learn from
    audited(policy, images[:3], version)
    row = evaluate_policy(policy.pk)
    assert row is not None
    assert "3 of 4 audit labels are in to judge by" in row.sentence

    audited(policy, images[3:], version)
    row = evaluate_policy(policy.pk)

    assert row is not None
    assert (row.decision, row.trigger) == ("retrain", "accuracy")
    assert (row.figures["audit_labels"], row.figures["audit_right"]) == (4, 3)
    assert "right on 75.0% of 4 audit pictures, below the floor of 80.0%" in row.sentence


def test_only_the_newest_audit_labels_are_judged_by(
    policy: RetrainingPolicy,
    version: ModelVersion,
    people: People,
    settle: Settle,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("worker.services.policy_figures.AUDIT_WINDOW", 4)
    wrong_long_ago = settle(Label.HUMAN, range(4), by=people.reviewer)
    SettledLabel.objects.update(settled_at=timezone.now() - timedelta(days=100))
    right = settle(Label.AI, range(4), by=people.reviewer)
    audited(policy, wrong_long_ago + right, version)
    row = evaluate_policy(policy.pk)
    assert row is not None
    assert (row.figures["audit_labels"], row.figures["audit_right"]) == (4, 4)


def scheduled(policy: RetrainingPolicy, *, minutes_ago: float) -> None:
    """A policy whose schedule, every minute, was answered last ``minutes_ago``."""
    RetrainingPolicy.objects.filter(pk=policy.pk).update(
        schedule="* * * * *",
        scheduled_from=timezone.now() - timedelta(minutes=minutes_ago),
        min_new_labels=None,
        on_drift=False,
    )


def test_a_schedule_that_is_due_retrains_once(
    policy: RetrainingPolicy, people: People, settle: Settle
) -> None:
    settle(Label.AI, range(3), by=people.reviewer)
    scheduled(policy, minutes_ago=5)
    row = evaluate_policy(policy.pk)
    assert row is not None
    assert (row.decision, row.trigger) == ("retrain", "schedule")
    policy.refresh_from_db()
    assert policy.scheduled_from is not None
    assert timezone.now() - policy.scheduled_from < timedelta(minutes=1)
    TrainingRun.objects.all().delete()
    row = evaluate_policy(policy.pk)
    assert row is not None
    assert row.reason in ("waiting", "asked")  # asked where a new minute has begun meanwhile


def test_a_time_with_nothing_new_is_over(policy: RetrainingPolicy) -> None:
    scheduled(policy, minutes_ago=5)
    row = evaluate_policy(policy.pk)
    assert row is not None
    assert (row.reason, row.trigger) == ("too_little", "schedule")
    policy.refresh_from_db()
    assert policy.scheduled_from is not None
    assert timezone.now() - policy.scheduled_from < timedelta(minutes=1)


def test_a_time_that_falls_into_another_retraining_is_made_up_for(
    policy: RetrainingPolicy, people: People, settle: Settle
) -> None:
    settle(Label.AI, range(3), by=people.reviewer)
    scheduled(policy, minutes_ago=5)
    policy.refresh_from_db()
    due_since = policy.scheduled_from
    other = enqueue(dispatch=False)
    assert evaluate_policy(policy.pk).reason == "under_way"  # type: ignore[union-attr]
    policy.refresh_from_db()
    assert policy.scheduled_from == due_since
    other.delete()
    assert evaluate_policy(policy.pk).decision == "retrain"  # type: ignore[union-attr]


def test_the_schedule_is_read_on_the_sites_clock(
    policy: RetrainingPolicy, settings: LazySettings
) -> None:
    policy.schedule = "0 3 * * *"
    policy.scheduled_from = datetime(2026, 7, 1, 12, tzinfo=UTC)
    settings.TIME_ZONE = "Europe/Berlin"
    assert due_at(policy) == datetime(2026, 7, 2, 1, tzinfo=UTC)
    settings.TIME_ZONE = "UTC"
    assert due_at(policy) == datetime(2026, 7, 2, 3, tzinfo=UTC)


def test_an_alert_waits_until_there_is_something_to_learn_from(
    policy: RetrainingPolicy, people: People, settle: Settle, sent: list[tuple[object, ...]]
) -> None:
    drift_alerted.send_robust(sender=None)
    assert sent == [("evaluate_policies", policies.DEBOUNCE)]
    row = evaluate_policy(policy.pk)
    assert row is not None
    assert (row.reason, row.trigger) == ("too_little", "drift")

    settle(Label.AI, range(3), by=people.reviewer)
    row = evaluate_policy(policy.pk)
    assert row is not None
    assert (row.decision, row.trigger) == ("retrain", "drift")
    assert row.run is not None
    assert row.run.trigger == Trigger.DRIFT

    policy.refresh_from_db()
    assert policy.drift_alerted_at is None


def test_an_alert_is_not_for_policies_that_do_not_mind_or_are_paused(
    policy: RetrainingPolicy, sent: list[tuple[object, ...]]
) -> None:
    RetrainingPolicy.objects.update(enabled=False)
    RetrainingPolicy.objects.create(name="Calm", on_drift=False)
    drift_alerted.send_robust(sender=None)
    assert sent == []
    assert not RetrainingPolicy.objects.filter(drift_alerted_at__isnull=False).exists()


def test_a_burst_of_labels_asks_once_and_the_next_burst_again(
    policy: RetrainingPolicy, sent: list[tuple[object, ...]]
) -> None:
    for _ in range(5):
        label_settled.send_robust(sender=None, image_id=None)
    assert sent == [("evaluate_policies", policies.DEBOUNCE)]

    evaluate_policies()
    label_settled.send_robust(sender=None, image_id=None)

    assert sent == [("evaluate_policies", policies.DEBOUNCE)] * 2


def test_with_a_dead_broker_the_next_label_asks_again(
    policy: RetrainingPolicy, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[object] = []

    def refuse(*message: object, delay: float) -> bool:
        tried.append(message)
        return False

    monkeypatch.setattr(policies, "send", refuse)
    policies.ask_soon()
    policies.ask_soon()
    assert len(tried) == 2


def test_a_dead_cache_is_nobodys_problem(
    policy: RetrainingPolicy, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise ConnectionError("no cache")

    monkeypatch.setattr(cache, "add", away)
    monkeypatch.setattr(cache, "delete", away)
    policies.ask_soon()
    evaluate_policies()
    assert PolicyEvaluation.objects.count() == 1


@pytest.mark.django_db
def test_the_real_queue_takes_it() -> None:
    before = broker.depth("default")
    policies.ask_soon()
    assert broker.depth("default") == before + 1


@pytest.mark.parametrize("who", ["reviewer", "outsider"])
def test_only_administrators_change_a_policy(
    policy: RetrainingPolicy, people: People, who: str
) -> None:
    policy.min_new_labels = 1
    with pytest.raises(NotAllowed):
        save_policy(policy=policy, by=getattr(people, who))
    policy.refresh_from_db()
    assert policy.min_new_labels == 20


def test_a_schedule_looks_forward_only(policy: RetrainingPolicy, people: People) -> None:
    policy.schedule = "0 3 * * *"
    save_policy(policy=policy, by=people.admin)
    written = RetrainingPolicy.objects.get().scheduled_from
    assert written is not None
    assert timezone.now() - written < timedelta(minutes=1)

    policy.cool_down_minutes = 5
    save_policy(policy=policy, by=people.admin)
    assert RetrainingPolicy.objects.get().scheduled_from == written

    RetrainingPolicy.objects.update(enabled=False, scheduled_from=written - timedelta(days=9))
    save_policy(policy=policy, by=people.admin)  # switched on again
    anew = RetrainingPolicy.objects.get().scheduled_from
    assert anew is not None
    assert anew > written


def test_a_policy_saved_from_an_old_page_keeps_an_alert_that_came_meanwhile(
    policy: RetrainingPolicy, people: People, sent: list[tuple[object, ...]]
) -> None:
    drift_alerted.send_robust(sender=None)
    save_policy(policy=policy, by=people.admin)  # read before the alert
    assert RetrainingPolicy.objects.get().drift_alerted_at is not None


@pytest.mark.django_db
def test_a_policy_that_is_gone_is_passed_over() -> None:
    assert evaluate_policy(999) is None


def test_a_change_of_a_policy_is_in_the_audit_log(policy: RetrainingPolicy, people: People) -> None:
    subject = f"retraining-policy:{policy.pk}"
    policy.min_new_labels, policy.schedule = 50, "0 3 * * 1"
    save_policy(policy=policy, by=people.admin)
    told = AuditEntry.objects.filter(action__startswith="policy.").order_by("pk")
    entry = told.get()
    assert (entry.action, entry.subject) == ("policy.retraining", subject)
    assert entry.actor == people.admin.username
    assert entry.details == {
        "before": {"min_new_labels": 20, "schedule": ""},
        "after": {"min_new_labels": 50, "schedule": "0 3 * * 1"},
    }

    with pytest.raises(NotAllowed):
        delete_policy(policy_id=policy.pk, by=people.reviewer)
    assert RetrainingPolicy.objects.exists()
    assert told.count() == 1

    delete_policy(policy_id=policy.pk, by=people.admin)
    assert not RetrainingPolicy.objects.exists()
    gone = told[1]
    assert (gone.action, gone.subject) == ("policy.deleted", subject)
    assert gone.details["before"]["min_new_labels"] == 50
    delete_policy(policy_id=0, by=people.admin)
    assert told.count() == 2
