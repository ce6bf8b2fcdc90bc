"""Pausing a policy and letting it go on: the same change as in the back office, by one button."""

from django.db import transaction

from labelling.errors import Conflict, NotFound
from labelling.models import User
from labelling.permissions import check_may_administer
from worker.models import RetrainingPolicy
from worker.services.policy import save_policy


@transaction.atomic
def set_enabled(*, policy_id: int, enabled: bool, by: User) -> RetrainingPolicy:
    """Pause a policy, or let it go on; its other rules stay. The audit log tells.

    Raises NotAllowed, NotFound, and Conflict where it is so already, so that two who press at
    once do not undo each other.
    """
    check_may_administer(by)
    policy = RetrainingPolicy.objects.select_for_update().filter(pk=policy_id).first()
    if policy is None:
        raise NotFound("There is no such policy.")
    if policy.enabled == enabled:
        raise Conflict(f"“{policy}” {'is not paused' if enabled else 'is paused already'}.")
    policy.enabled = enabled
    return save_policy(policy=policy, by=by)
