"""What a policy looks at before it decides."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import QuerySet, Sum
from django.utils import timezone

from classifier.queries import production_version
from classifier.vocabulary import Label as LabelValue
from worker.cron import next_time
from worker.models import RetrainingPolicy, TrainingRun
from worker.services.new_labels import count_by_class
from worker.services.policy_rules import Figures
from worker.settled_last import audited

State = TrainingRun.State
# Fewer audit pictures than the dashboard counts: what begins a retraining must fall soon after the
# detector does, and last year may not outvote this week.
AUDIT_WINDOW = 200


def read_figures(policy: RetrainingPolicy, now: datetime) -> Figures:
    """``now`` is aware; every time in the figures is in the site's time zone."""
    live = production_version()
    last = ended().first()
    new = count_by_class(since=cancelled_at(last))
    judged = live if policy.accuracy_floor else None
    audit_right, audit_labels = audited(judged, window=AUDIT_WINDOW)
    return Figures(
        now=timezone.localtime(now),
        live_version=live.number if live else None,
        under_way=TrainingRun.objects.filter(state__in=TrainingRun.ACTIVE).exists(),
        new_ai=new[LabelValue.AI],
        new_human=new[LabelValue.HUMAN],
        due_at=due_at(policy),
        drift_at=local(policy.drift_alerted_at),
        audit_labels=audit_labels,
        audit_right=audit_right,
        last_ended_at=local(last.finished_at) if last else None,
        failures=failures_in_a_row(),
        minutes=round(minutes_this_month(now), 2),
    )


def ended() -> QuerySet[TrainingRun]:
    """Retrainings that came to an end, however, the newest first; not those that never began."""
    over = TrainingRun.objects.exclude(state__in=TrainingRun.ACTIVE)
    return over.exclude(state=State.SKIPPED, started_at__isnull=True).order_by("-finished_at")


def cancelled_at(last: TrainingRun | None) -> datetime | None:
    """When the last retraining was cancelled. Labels from before do not ask for it once more."""
    return last.cancel_asked_at if last and last.state == State.CANCELLED else None


def due_at(policy: RetrainingPolicy) -> datetime | None:
    """When the schedule is due: its first time since it last was, or since it was made."""
    if not policy.schedule or policy.scheduled_from is None:
        return None
    zone = timezone.get_default_timezone()
    assert isinstance(zone, ZoneInfo)
    return local(next_time(policy.schedule, policy.scheduled_from, zone))


def failures_in_a_row() -> int:
    """How many of the newest retrainings failed, up to ten."""
    states = list(ended().values_list("state", flat=True)[:10])
    return next((n for n, state in enumerate(states) if state != State.FAILED), len(states))


def minutes_this_month(now: datetime) -> float:
    """Minutes of all retrainings that were asked for in this calendar month of the site's."""
    first = timezone.localtime(now).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    runs = TrainingRun.objects.filter(created_at__gte=first)
    return float(runs.aggregate(spent=Sum("minutes"))["spent"] or 0.0)


def local(moment: datetime | None) -> datetime | None:
    return timezone.localtime(moment) if moment else None
