"""Reading how the site is: what the dashboard says before anybody reads a chart.

A constant number of queries, none of which reads more than the newest rows of an index.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from classifier.models import ModelVersion
from classifier.vocabulary import Label, Verdict
from labelling.models import Prediction, QueueItem
from labelling.models.prediction import BEFORE_SETTLED
from labelling.queue import ASKED
from labelling.statistics.figure import Result
from labelling.statistics.intervals import accuracy
from worker.alerts import open_alerts
from worker.models import Alert, Heartbeat
from worker.queries import waiting_images
from worker.series import answered_since
from worker.vital_signs import answered_heartbeats

NEWEST = 500  # settled pictures on which false accusations and accuracy are counted
MOST_COUNTED = 1_000  # more that wait are not counted one by one
MOST_ALERTS = 10  # that are told one by one
WEEK = timedelta(days=7)
EVEN = 0.5


@dataclass(frozen=True)
class Condition:
    """What the strip tells. ``accuracy`` is of the audit sample, ``false_accusations`` of settled
    human pictures, both of the live version; ``answered`` of ``judged`` are its last seven days.

    ``waiting`` and ``to_review`` are counted up to ``MOST_COUNTED``.
    """

    accuracy: Result
    false_accusations: Result
    answered: int
    judged: int
    waiting: int
    waiting_since: datetime | None
    to_review: int
    heartbeat: Heartbeat | None
    alerts: Sequence[Alert]


def condition(live: ModelVersion | None, now: datetime) -> Condition:
    """Eight queries, and one of them for the pictures of the alerts."""
    answered, judged = answered_since(live.number, now - WEEK) if live else (0, 0)
    queued = waiting_since()
    return Condition(
        accuracy=audit_accuracy(live),
        false_accusations=false_accusations(live),
        answered=answered,
        judged=judged,
        waiting=len(queued),
        waiting_since=queued[0] if queued else None,
        to_review=QueueItem.objects.filter(lane__in=ASKED).order_by()[:MOST_COUNTED].count(),
        heartbeat=answered_heartbeats().first(),
        alerts=list(open_alerts().prefetch_related("shown")[:MOST_ALERTS]),
    )


def audit_accuracy(live: ModelVersion | None) -> Result:
    """Right at one half, on the audit pictures that were settled last."""
    said = _newest_settled(live, image__audit=True)
    right = [(probability >= EVEN) == (label == Label.AI) for probability, _, label in said]
    return accuracy(sum(right), len(right))


def false_accusations(live: ModelVersion | None) -> Result:
    """How many of the human pictures that were settled last are called AI.

    As it said before they were settled. Audit pictures, which need no such bound, are never learned
    from.
    """
    said = _newest_settled(live, BEFORE_SETTLED, image__label__value=Label.HUMAN)
    accused = [verdict == Verdict.AI for _, verdict, _ in said]
    return accuracy(sum(accused), len(accused))


def _newest_settled(
    live: ModelVersion | None, *conditions: Q, **which: object
) -> Sequence[tuple[float, str, str]]:
    if live is None:
        return []
    said = Prediction.objects.filter(version=live, image__label__isnull=False)
    found = said.filter(*conditions, **which)
    newest = found.order_by("-image__label__settled_at")
    return list(newest.values_list("probability_ai", "verdict", "image__label__value")[:NEWEST])


def waiting_since() -> Sequence[datetime]:
    """When those came that wait for the detector, the oldest first."""
    return list(waiting_images().values_list("received_at", flat=True)[:MOST_COUNTED])
