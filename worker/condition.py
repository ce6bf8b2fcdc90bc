"""Reading how the site is: what the dashboard says before anybody reads a chart.

A constant number of queries, none of which reads more than the newest rows of an index.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from classifier.models import ModelVersion
from classifier.vocabulary import Label, Verdict
from labelling.models import QueueItem
from labelling.models.prediction import BEFORE_SETTLED
from labelling.queue import ASKED
from labelling.statistics.figure import Result
from labelling.statistics.intervals import accuracy
from worker.alerts import open_alerts
from worker.models import Alert, Heartbeat
from worker.queries import waiting_images
from worker.series import answered_since
from worker.settled_last import audited, settled_last
from worker.vital_signs import answered_heartbeats

# Settled pictures on which accuracy and false accusations are counted: of 500, the interval of a
# share of 90% reaches less than three points to either side.
NEWEST = 500
MOST_COUNTED = 1_000  # more that wait are not counted one by one
MOST_ALERTS = 100  # more than there are figures that can move
WEEK = timedelta(days=7)


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
        accuracy=accuracy(*audited(live, window=NEWEST)),
        false_accusations=false_accusations(live),
        answered=answered,
        judged=judged,
        waiting=len(queued),
        waiting_since=queued[0] if queued else None,
        to_review=QueueItem.objects.filter(lane__in=ASKED).order_by()[:MOST_COUNTED].count(),
        heartbeat=answered_heartbeats().first(),
        alerts=list(open_alerts().prefetch_related("shown")[:MOST_ALERTS]),
    )


def false_accusations(live: ModelVersion | None) -> Result:
    """How many of the human pictures that were settled last are called AI.

    As it said before they were settled. Audit pictures, which need no such bound, are never learned
    from.
    """
    human = {"image__label__value": Label.HUMAN}
    said = settled_last(live, BEFORE_SETTLED, window=NEWEST, **human)
    accused = [one.verdict == Verdict.AI for one in said]
    return accuracy(sum(accused), len(accused))


def waiting_since() -> Sequence[datetime]:
    """When those came that wait for the detector, the oldest first."""
    return list(waiting_images().values_list("received_at", flat=True)[:MOST_COUNTED])
