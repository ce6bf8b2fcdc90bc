"""Writing the audit log: an entry commits with the change that it tells, then it is sealed.

Sealing numbers the entries in the order of their rows and chains each to the one before. It is a
step of its own, after the commit, so that no two changes ever wait for each other because of the
log; what a crash left unsealed is sealed by the next one.
"""

import json
import logging
from collections.abc import Iterable
from hashlib import sha256

from django.db import transaction
from django.utils import timezone

from labelling.models import AuditEntry, AuditHead
from labelling.permissions import Person

log = logging.getLogger(__name__)

BATCH = 500


def write_entry(
    *, action: str, subject: str, by: Person | str | None = None, **details: object
) -> AuditEntry:
    """Write down one change in the transaction that makes it; call it nowhere else.

    ``action`` is a word of ``docs/audit-log.md`` such as ``label.settled``, ``subject`` names what
    changed, as in ``image:<id>``. ``details`` must be JSON and hold no secret.
    """
    actor = by if isinstance(by, str) else by.get_username() if by is not None else ""
    entry = AuditEntry.objects.create(
        at=timezone.now(), actor=actor, action=action, subject=subject, details=details
    )
    transaction.on_commit(_seal_soon, robust=True)
    return entry


def _seal_soon() -> None:
    seal()


@transaction.atomic
def seal() -> int:
    """Number and chain what is not sealed yet; return how many entries that were.

    1. Lock the end of the chain, so that of two who seal one waits.
    2. Take the unsealed entries in the order of their rows.
    3. Give each its number and its hash over the one before, and move the end.
    """
    head = AuditHead.objects.select_for_update().get()
    unsealed = list(AuditEntry.objects.filter(number__isnull=True).order_by("pk")[:BATCH])
    for entry in unsealed:
        entry.number, entry.before_hash = head.number + 1, head.hash
        entry.hash = entry_hash(entry)
        head.number, head.hash = entry.number, entry.hash
    if unsealed:
        AuditEntry.objects.bulk_update(unsealed, ["number", "before_hash", "hash"])
        head.save()
    return len(unsealed)


def entry_hash(entry: AuditEntry) -> str:
    """SHA-256 over the hash before and everything that the entry says, as canonical JSON."""
    said = {
        "number": entry.number,
        "at": entry.at.isoformat(timespec="microseconds"),
        "actor": entry.actor,
        "action": entry.action,
        "subject": entry.subject,
        "details": entry.details,
        "before": entry.before_hash,
    }
    canonical = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(canonical.encode()).hexdigest()


def first_fault(entries: Iterable[AuditEntry]) -> str:
    """What is wrong with a chain, read from its first entry on; empty where it holds."""
    number, before = 0, ""
    for entry in entries:
        if entry.number != number + 1:
            return f"Entry {number + 1} is missing."
        if entry.before_hash != before or entry.hash != entry_hash(entry):
            return f"Entry {entry.number} was changed after it was sealed."
        number, before = number + 1, entry.hash
    return ""
