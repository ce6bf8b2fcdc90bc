"""How the queue mixes and what settles a picture: changed by administrators, written down."""

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import transaction

from labelling.errors import InvalidRequest
from labelling.models import QueuePolicy, User
from labelling.permissions import check_may_administer
from labelling.services.audit_log import write_entry
from labelling.services.requeueing import requeue_everything

EDITED = (
    "gold_share",
    "audit_share",
    "novel_share",
    "votes_wanted",
    "lease_minutes",
    "unsure_wanted",
    "gold_floor",
)
# What decides on places and labels; the rest takes effect with the next turn.
OF_PLACES = {"votes_wanted", "unsure_wanted"}


@transaction.atomic
def change_queue_policy(*, rules: Mapping[str, float], by: User) -> QueuePolicy:
    """Set these of ``EDITED`` and leave the others as they are now.

    Raises NotAllowed and InvalidRequest.
    """
    policy = QueuePolicy.objects.select_for_update().get()
    for name, value in rules.items():
        setattr(policy, name, value)
    return save_queue_policy(policy=policy, by=by)


@transaction.atomic
def save_queue_policy(*, policy: QueuePolicy, by: User) -> QueuePolicy:
    """Store an edited policy. For the back office: call it from ``save_model`` instead of ``save``.

    Fewer wanted votes settle open pictures in the background; more of them leave what is settled
    as it is. The audit log keeps what was and what is. Raises NotAllowed and InvalidRequest.
    """
    check_may_administer(by)
    try:
        policy.full_clean(exclude=["turns", "requeued_to"], validate_constraints=False)
    except ValidationError as error:
        raise InvalidRequest(" ".join(error.messages)) from error
    stored = QueuePolicy.objects.select_for_update().get()
    before = {name: getattr(stored, name) for name in EDITED}
    after = {name: getattr(policy, name) for name in EDITED}
    changed = [name for name in EDITED if before[name] != after[name]]
    if not changed:
        return stored
    for name in changed:
        setattr(stored, name, after[name])
    stored.save(update_fields=changed)
    write_entry(
        action="policy.changed",
        subject="queue policy",
        by=by,
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
    )
    if OF_PLACES & set(changed):
        requeue_everything()
    return stored
