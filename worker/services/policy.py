"""Retraining by itself: each policy is asked, and what it answers is written down."""

import logging

from django.core.cache import cache
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from labelling.errors import Conflict
from worker.broker import send
from worker.models import PolicyEvaluation, RetrainingPolicy, TrainingRun
from worker.services.policy_figures import read_figures
from worker.services.policy_rules import Decision, Figures, Obstacle, decide, refuse
from worker.services.retraining import enqueue

log = logging.getLogger(__name__)

ASKED = "policies-are-asked-soon"  # in the cache, from the first label of a burst to its answer
DEBOUNCE = 5  # seconds; a reviewer settles a picture in less, and one answer does for all


def ask_soon() -> None:
    """Let the policies be asked in a moment. What is lost here the clock makes up for."""
    try:
        first = cache.add(ASKED, True, timeout=4 * DEBOUNCE)
        if first and not send("evaluate_policies", delay=DEBOUNCE):
            cache.delete(ASKED)
    except Exception as error:  # the cache's server is away
        log.warning("The policies are not asked before the clock does: %s", error)


def evaluate_policies() -> None:
    """Ask each policy in turn. The first that retrains keeps the others from it."""
    try:
        cache.delete(ASKED)  # before we look, so that a label from now on asks again
    except Exception as error:
        log.warning("The cache does not answer: %s", error)
    for policy_id in RetrainingPolicy.objects.values_list("pk", flat=True):
        evaluate_policy(policy_id)


@transaction.atomic
def evaluate_policy(policy_id: int) -> PolicyEvaluation | None:
    """Ask one policy, and retrain if it says so. None where it was deleted meanwhile."""
    policy = RetrainingPolicy.objects.select_for_update().filter(pk=policy_id).first()
    if policy is None:
        return None
    now = timezone.now()
    if policy.schedule and policy.scheduled_from is None:
        policy.scheduled_from = now
    figures = read_figures(policy, now)
    decision, run = carry_out(policy, decide(policy, figures))
    remember(policy, decision, figures)
    return write_down(policy, decision, figures, run)


def carry_out(policy: RetrainingPolicy, decision: Decision) -> tuple[Decision, TrainingRun | None]:
    """Ask for the run. Where somebody was quicker, that is what is written down."""
    if not decision.retrain:
        return decision, None
    try:
        return decision, enqueue(kind=policy.kind, trigger=decision.trigger)
    except Conflict:
        quicker = Obstacle("under_way", "somebody else began at the same moment", passing=True)
        return refuse(quicker, decision.trigger), None


def remember(policy: RetrainingPolicy, decision: Decision, figures: Figures) -> None:
    """A time of the schedule is over once it was answered; an alert once something was learned."""
    due = figures.due_at is not None and figures.due_at <= figures.now
    if due and not decision.passing:
        policy.scheduled_from = figures.now
    if decision.retrain:
        policy.drift_alerted_at = None
    policy.save(update_fields=["scheduled_from", "drift_alerted_at"])


def write_down(
    policy: RetrainingPolicy, decision: Decision, figures: Figures, run: TrainingRun | None
) -> PolicyEvaluation:
    """A row for the decision; the same refusal again counts up and keeps the newest figures."""
    said = {"sentence": decision.sentence[:500], "figures": figures.to_dict()}
    last = policy.evaluations.order_by("-last_at", "-pk").first()
    if last is not None and not decision.retrain and is_same(last, decision):
        rows = PolicyEvaluation.objects.filter(pk=last.pk)
        rows.update(count=F("count") + 1, last_at=figures.now, **said)
        return rows.get()
    return policy.evaluations.create(
        at=figures.now,
        last_at=figures.now,
        trigger=decision.trigger,
        decision=decision.verdict,
        reason=decision.reason,
        run=run,
        **said,
    )


def is_same(last: PolicyEvaluation, decision: Decision) -> bool:
    before = (last.decision, last.reason, last.trigger)
    return before == (decision.verdict, decision.reason, decision.trigger)


def note_drift() -> None:
    """Let every policy that minds drift retrain as soon as there is something to learn from."""
    policies = RetrainingPolicy.objects.filter(enabled=True, on_drift=True)
    if policies.update(drift_alerted_at=timezone.now()):
        ask_soon()
