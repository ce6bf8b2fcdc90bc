"""A program of its own, run by ``test_audit_log.py``: many write the audit log and seal it at once.

``python -m tests.labelling.audit_race`` runs the race on the database that the environment names,
which is migrated, and prints what it left behind as JSON.
"""

import json

import django

django.setup()

from django.db import transaction  # noqa: E402

from labelling.audit_chain import check_chain  # noqa: E402
from labelling.models import AuditEntry, AuditHead  # noqa: E402
from labelling.services.audit_log import seal_all, write_entry  # noqa: E402
from tests.labelling.race import race  # noqa: E402

WRITERS, EACH = 8, 12


def write(writer: int) -> None:
    """Twelve transactions, every third of which is rolled back; each commit seals."""
    for turn in range(EACH):
        try:
            with transaction.atomic():
                write_entry(action="label.settled", subject=f"image:{writer}.{turn}", by="robin")
                if turn % 3 == 2:
                    raise ConnectionError("the change failed")
        except ConnectionError:
            continue


def sweep() -> None:
    for _ in range(EACH):
        seal_all()


if __name__ == "__main__":
    writers = [lambda writer=writer: write(writer) for writer in range(WRITERS)]
    outcomes = race(*writers, sweep, sweep)
    checked = check_chain()
    rows = AuditEntry.objects.order_by("number")
    print(
        json.dumps(
            {
                **outcomes,
                "fault": checked.fault,
                "head": AuditHead.objects.get().number,
                "numbers": list(rows.values_list("number", flat=True)),
                "subjects": sorted(rows.values_list("subject", flat=True)),
            }
        )
    )
