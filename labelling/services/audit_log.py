"""Writing the audit log: an entry commits with the change that it tells, then it is sealed.

Sealing numbers the entries in the order of their rows and chains each to the one before. It is a
step of its own, after the commit, so that no two changes ever wait for each other because of the
log; what a crash left unsealed is sealed by the next one, or by the sweeper.
"""

import re

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from labelling.audit_chain import entry_hash
from labelling.models import AuditEntry, AuditHead
from labelling.permissions import Person

BATCH = 500
ACTION = re.compile(r"[a-z]+\.[a-z_]+")
LONGEST_ACTION, LONGEST_SUBJECT = 40, 120


def write_entry(
    *, action: str, subject: str, by: Person | str | None = None, **details: object
) -> AuditEntry:
    """Write down one change in the transaction that makes it; call it nowhere else.

    ``action`` is a word of ``docs/audit-log.md`` such as ``label.settled``, ``subject`` names what
    changed, as in ``image:<id>``. ``details`` must be JSON and hold no secret.
    """
    _check(action, subject)
    actor = by if isinstance(by, str) else by.get_username() if by is not None else ""
    entry = AuditEntry.objects.create(
        at=timezone.now(), actor=actor, action=action, subject=subject, details=details
    )
    transaction.on_commit(_seal_soon, robust=True)
    return entry


def _check(action: str, subject: str) -> None:
    """Our own mistakes, found on every database alike: SQLite would cut nothing and say nothing."""
    if not ACTION.fullmatch(action) or len(action) > LONGEST_ACTION:
        raise ValueError(f"{action!r} is no action such as label.settled.")
    if not subject or len(subject) > LONGEST_SUBJECT:
        raise ValueError(f"A subject has 1 to {LONGEST_SUBJECT} characters.")
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError(
            "An entry commits with the change that it tells, so write it in its transaction."
        )


def _seal_soon() -> None:
    """Seal what was committed. Of several entries of one transaction the first call seals all."""
    if _unsealed().exists():
        seal()


def seal_all() -> int:
    """Seal whatever there is, a batch in a transaction; return how many entries that were."""
    sealed = 0
    while _unsealed().exists():
        sealed += seal()
    return sealed


@transaction.atomic
def seal() -> int:
    """Number and chain what is not sealed yet, a batch at most; return how many that were.

    1. Lock the end of the chain, so that of two who seal one waits.
    2. Take the unsealed entries in the order of their rows.
    3. Give each its number and its hash over the one before, and move the end.
    """
    head = AuditHead.objects.select_for_update().get()
    unsealed = list(_unsealed().order_by("pk")[:BATCH])
    for entry in unsealed:
        entry.number, entry.before_hash = head.number + 1, head.hash
        entry.hash = entry_hash(entry)
        head.number, head.hash = entry.number, entry.hash
    if unsealed:
        AuditEntry.objects.write_seals(unsealed)
        head.save()
    return len(unsealed)


def _unsealed() -> QuerySet[AuditEntry]:
    return AuditEntry.objects.filter(number__isnull=True)
