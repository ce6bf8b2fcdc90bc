"""Reading the heartbeat: whether pictures really come through the queue."""

from itertools import takewhile

from django.db.models import QuerySet
from django.utils import timezone

from worker.models import Heartbeat
from worker.silence import PATIENCE, Signs
from worker.work_signs import last_work

NEWEST = 10  # heartbeats; more than can be missed before somebody is told


def answered_heartbeats() -> QuerySet[Heartbeat]:
    """What came through and was examined, the newest first."""
    return Heartbeat.objects.filter(answered_at__isnull=False, failure="")


def heartbeat_age() -> float | None:
    """Seconds since a heartbeat was last answered well; None where none ever was.

    One query, of a table of a day.
    """
    last = answered_heartbeats().values_list("answered_at", flat=True).first()
    return (timezone.now() - last).total_seconds() if last else None


def signs() -> Signs:
    """What can be seen of the site now: two queries, and a word of the cache."""
    rows = Heartbeat.objects.values_list("pk", "sent_at", "failure")
    sent, answers = list(rows[:NEWEST]), list(rows.filter(answered_at__isnull=False)[:NEWEST])
    answered = answers[0][0] if answers else 0
    work = last_work()
    return Signs(
        sent=sent[0][0] if sent else 0,
        answered=answered,
        missed=sum(row[0] > answered for row in sent),
        failing=len(list(takewhile(lambda row: row[2], answers))),
        done=work.at if work else 0.0,
        busy=work.begun if work else False,
        ticking=bool(sent) and (timezone.now() - sent[0][1]).total_seconds() < PATIENCE,
    )
