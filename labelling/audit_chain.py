"""The chain of the audit log: what a hash covers, and reading all of it to find a fault."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from hashlib import sha256
from itertools import chain

from django.db.models import Max

from labelling.keyset import in_batches
from labelling.models import AuditEntry, AuditHead

BATCH = 2000  # entries in memory at a time


@dataclass(frozen=True)
class Checked:
    """What reading the chain from its first entry showed; ``fault`` is empty where it holds."""

    entries: int
    head: str
    fault: str = ""


def entry_hash(entry: AuditEntry) -> str:
    """SHA-256 over the hash before and everything that the entry says, as canonical JSON.

    Written in ASCII, so that no text, not even half of a surrogate pair, can keep an entry from
    being sealed.
    """
    said = {
        "number": entry.number,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": entry.actor,
        "action": entry.action,
        "subject": entry.subject,
        "details": entry.details,
        "before": entry.before_hash,
    }
    canonical = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return sha256(canonical.encode()).hexdigest()


def check_chain(noted: str = "") -> Checked:
    """Read the whole chain, a batch at a time, and name the first fault.

    ``noted`` is a head's hash that somebody wrote down elsewhere: whoever can write to the
    database can chain everything anew, but not so that this hash is still in it.

    1. The end is read first: what is sealed meanwhile is for the next check.
    2. Each entry up to it must be there, be as it was sealed, and follow the one before.
    3. The last must be the one that the end names, and nothing stand behind it.
    """
    end = AuditHead.objects.first()
    if end is None:
        return Checked(0, "", "The row that holds the end of the chain is gone.")
    number, before, seen = 0, "", not noted
    for entry in entries_to(end.number):
        fault = _fault_at(entry, number, before)
        if fault:
            return Checked(number, before, fault)
        number, before = number + 1, entry.hash
        seen = seen or before == noted
    fault = _fault_at_end(end, number, before)
    if not fault and not seen:
        fault = f"The hash {noted} is not in the chain: it was cut off, or written anew."
    return Checked(number, before, fault)


def entries_to(end: int) -> Iterator[AuditEntry]:
    """The sealed entries in order, up to the number ``end``, in constant memory."""
    sealed = AuditEntry.objects.filter(number__lte=end)
    return chain.from_iterable(in_batches(sealed, BATCH, key="number"))


def _fault_at(entry: AuditEntry, number: int, before: str) -> str:
    """What is wrong with the entry that comes after ``number``; empty where nothing is."""
    if entry.number != number + 1:
        return f"Entry {number + 1} is missing."
    if entry.hash != entry_hash(entry):
        return f"Entry {entry.number} was changed after it was sealed."
    if entry.before_hash != before and number == 0:
        return "Entry 1 is not the one that the chain began with."
    if entry.before_hash != before:
        return f"Entry {number} was replaced: entry {entry.number} is chained to another."
    return ""


def _fault_at_end(end: AuditHead, number: int, before: str) -> str:
    if number < end.number:
        lost = f"Entry {end.number} is" if number + 1 == end.number else _are(number + 1, end)
        return f"{lost} missing: the end of the chain was cut off."
    if before != end.hash:
        return f"Entry {number} is not the one that was sealed last."
    newest = AuditEntry.objects.aggregate(newest=Max("number"))["newest"] or 0
    now = AuditHead.objects.first()  # read after the newest number: it only ever grows
    if now is None or newest > now.number:
        return f"Entry {newest} stands behind the end of the chain; nobody sealed it."
    return ""


def _are(first: int, end: AuditHead) -> str:
    return f"Entries {first} to {end.number} are"
