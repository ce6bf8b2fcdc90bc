"""A program of its own, run by ``test_weekly.py``: beat runs many times over.

``python -m tests.worker.weekly_race`` runs the race on the database that the environment names and
prints how it ended as JSON.
"""

import json
from datetime import timedelta
from types import SimpleNamespace
from unittest.mock import patch

from tests.worker.race import race  # sets Django up
from worker.models import WeeklyMail
from worker.services import weekly_mail


def mailing() -> dict[str, int]:
    """All see the same Monday morning, and nothing sent."""
    sent: list[str] = []
    mail = SimpleNamespace(send=lambda: sent.append("mail"))
    monday = weekly_mail.Week.of(weekly_mail.timezone.now())
    seven = monday.start + timedelta(hours=weekly_mail.HOUR)
    with (
        patch.object(weekly_mail, "settings", SimpleNamespace(WEEKLY_MAIL=True, SENDS_MAIL=True)),
        patch.object(weekly_mail, "administrators", lambda: ["alex@mail.example"]),
        patch.object(weekly_mail, "weeks", lambda: [monday, monday.before]),
        patch.object(weekly_mail, "mail_of", lambda report, to: mail),
    ):
        ended = race(lambda: weekly_mail.send_weekly_mail(now=seven))
    return {**ended, "sent": len(sent), "attempts": WeeklyMail.objects.get().attempts}


if __name__ == "__main__":
    print(json.dumps(mailing()))
