"""``manage.py audit_log``: check that the audit log's chain holds, and read in it."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from labelling.audit_chain import check_chain
from labelling.models import AuditEntry, AuditHead
from labelling.queries import audit_entries


class Command(BaseCommand):
    """``verify`` ends with 1 where something is wrong, so that a nightly run can tell."""

    help = "Check the audit log's chain (verify), print its end (head), or list entries (show)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        steps = parser.add_subparsers(dest="step", required=True)
        verify = steps.add_parser("verify", help="read the whole chain and name the first fault")
        verify.add_argument(
            "--head", default="", metavar="HASH", help="a head that was noted must be in it"
        )
        steps.add_parser("head", help="print number and hash of the last entry, to note elsewhere")
        show = steps.add_parser("show", help="list entries as JSON lines, the newest first")
        show.add_argument("--subject", default="", help="as in image:<id>")
        show.add_argument("--action", default="", help="as in label.settled, or label for all")
        show.add_argument("--actor", default="", help="an account's name")
        show.add_argument("--limit", type=int, default=50)

    def handle(self, *, step: str, **options: Any) -> None:
        match step:
            case "verify":
                self.verify(**options)
            case "head":
                self.head()
            case "show":
                self.show(**options)

    def verify(self, *, head: str, **_: Any) -> None:
        checked = check_chain(head)
        if checked.fault:
            raise CommandError(f"{checked.fault} {checked.entries:,} entries before that hold.")
        waiting = AuditEntry.objects.filter(number__isnull=True).count()
        self.stdout.write(
            f"The chain holds: {checked.entries:,} entries, {waiting} not sealed yet."
        )
        self.stdout.write(f"Its head is {checked.head or 'empty'}.")

    def head(self) -> None:
        end = AuditHead.objects.first()
        if end is None:
            raise CommandError("The row that holds the end of the chain is gone.")
        self.stdout.write(f"{end.number} {end.hash}")

    def show(self, *, subject: str, action: str, actor: str, limit: int, **_: Any) -> None:
        for entry in audit_entries(subject=subject, action=action, actor=actor)[: max(0, limit)]:
            self.stdout.write(json.dumps(_line(entry), ensure_ascii=False))


def _line(entry: AuditEntry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "at": entry.at.isoformat(),
        "actor": entry.actor,
        "action": entry.action,
        "subject": entry.subject,
        "details": entry.details,
        "hash": entry.hash,
    }
