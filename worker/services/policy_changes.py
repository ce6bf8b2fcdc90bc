"""Making, changing, pausing and deleting policies of retraining; for administrators."""

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from labelling.errors import Conflict, InvalidRequest, NotFound
from labelling.models import User
from labelling.permissions import check_may_administer
from labelling.services.audit_log import write_entry
from labelling.services.people import lock_administration
from worker.models import RetrainingPolicy
from worker.services.policy import ask_soon

MOST = 20  # policies; each is asked whenever a label settles
MOST_OF_ANYTHING = 1_000_000  # labels or minutes that a rule may name
RULES = [
    field.attname
    for field in RetrainingPolicy._meta.concrete_fields
    if field.editable and not field.primary_key
]
Rules = Mapping[str, object]  # by the names of the model's fields


@transaction.atomic
def make_policy(*, rules: Rules, by: User) -> RetrainingPolicy:
    """Make a policy. Raises NotAllowed, InvalidRequest, and Conflict for one too many and where
    another has its name."""
    return save_policy(policy=RetrainingPolicy(**rules), by=by)


@transaction.atomic
def change_policy(*, policy_id: int, rules: Rules, by: User) -> RetrainingPolicy:
    """Change the rules that are named; the others stay. Raises NotFound, and as making one does."""
    check_may_administer(by)
    policy = _locked(policy_id)
    changed = {name: to for name, to in rules.items() if getattr(policy, name) != to}
    for name, to in changed.items():
        setattr(policy, name, to)
    return save_policy(policy=policy, by=by) if changed else policy


@transaction.atomic
def set_enabled(*, policy_id: int, enabled: bool, by: User) -> RetrainingPolicy:
    """Pause a policy, or let it go on; its other rules stay. The audit log tells.

    Raises NotAllowed, NotFound, and Conflict where it is so already, so that two who press at
    once do not undo each other.
    """
    check_may_administer(by)
    policy = _locked(policy_id)
    if policy.enabled == enabled:
        raise Conflict(f"“{policy}” {'is not paused' if enabled else 'is paused already'}.")
    policy.enabled = enabled
    return save_policy(policy=policy, by=by)


@transaction.atomic
def save_policy(*, policy: RetrainingPolicy, by: User) -> RetrainingPolicy:
    """Store a policy as an administrator wrote it. Raises NotAllowed, InvalidRequest, Conflict.

    A schedule that is new, or was paused, looks forward only: what it missed stays missed.
    """
    lock_administration(by)  # of two who count the policies at once both would find room
    before = RetrainingPolicy.objects.select_for_update().filter(pk=policy.pk).first()
    check_rules(policy)
    if before is None and RetrainingPolicy.objects.count() >= MOST:
        raise Conflict(f"There are {MOST} policies. Delete one that you no longer need first.")
    anew = before is None or not before.enabled or before.schedule != policy.schedule
    policy.scheduled_from = timezone.now() if anew or before is None else before.scheduled_from
    policy.drift_alerted_at = before.drift_alerted_at if before and before.enabled else None
    try:
        with transaction.atomic():
            policy.save()
    except IntegrityError as error:
        raise Conflict(f"There is a policy named “{policy}” already.") from error
    _write("policy.retraining", policy.pk, by, before, policy)
    transaction.on_commit(ask_soon)
    return policy


@transaction.atomic
def delete_policy(*, policy_id: int, by: User) -> None:
    """Take a policy away with what it once decided; the audit log keeps what it was."""
    check_may_administer(by)
    policy = RetrainingPolicy.objects.select_for_update().filter(pk=policy_id).first()
    if policy is None:
        return
    _write("policy.deleted", policy.pk, by, policy, None)
    policy.delete()


def check_rules(policy: RetrainingPolicy) -> None:
    """Raises InvalidRequest for a rule that cannot be, with the name of its field."""
    try:
        policy.clean_fields()
    except ValidationError as error:
        name, sentences = next(iter(error.message_dict.items()))
        raise InvalidRequest(f"{name}: {sentences[0]}") from error
    for name in RULES:
        value = getattr(policy, name)
        if isinstance(value, int) and value > MOST_OF_ANYTHING:
            raise InvalidRequest(f"{name}: at most {MOST_OF_ANYTHING:,}.")


def _locked(policy_id: int) -> RetrainingPolicy:
    policy = RetrainingPolicy.objects.select_for_update().filter(pk=policy_id).first()
    if policy is None:
        raise NotFound("There is no such policy.")
    return policy


def _write(
    action: str,
    policy_id: int,
    by: User,
    before: RetrainingPolicy | None,
    after: RetrainingPolicy | None,
) -> None:
    """What an administrator can set, as it was and as it is now, where the two differ."""
    old, new = ({name: getattr(policy, name, None) for name in RULES} for policy in (before, after))
    differing = [name for name in RULES if old[name] != new[name]]
    write_entry(
        action=action,
        subject=f"retraining-policy:{policy_id}",
        by=by,
        before={name: old[name] for name in differing},
        after={name: new[name] for name in differing},
    )
