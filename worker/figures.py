"""Reading the dashboard's figures for programs: a constant number of queries of the tallies."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from labelling.liveness import worker_is_silent
from labelling.silent_tests import reviewers_below_floor
from labelling.statistics.figure import with_every_member
from worker.charting.spans import Span
from worker.charting.traffic import ANSWERS, CHANNELS, VERDICTS
from worker.condition import condition
from worker.condition_lead import lead
from worker.drift_looks import looks
from worker.life import standing
from worker.models import DriftLook
from worker.queries import active_run
from worker.series import tallies
from worker.services.new_labels import count_new_labels

SHOWN_DAYS, MOST_DAYS = 7, 90


def figures_now(days: int) -> dict[str, Any]:
    """The dashboard's strip, and the counts of the last ``days`` days, today among them."""
    now, stands = timezone.now(), standing()
    live = stands.live
    state = condition(live, now)
    beat = state.heartbeat
    return {
        "made_at": now,
        "time_zone": str(timezone.get_current_timezone()),
        "lead": lead(live.number if live else None, state),
        "version": live.number if live else None,
        "version_before": stands.before.number if stands.before else None,
        "in_shadow": stands.trial.version.number if stands.trial else None,
        "accuracy": with_every_member(state.accuracy),
        "false_accusations": with_every_member(state.false_accusations),
        "judged": state.judged,
        "answered": state.answered,
        "waiting": state.waiting,
        "waiting_since": state.waiting_since,
        "to_review": state.to_review,
        "open_alerts": len(state.alerts),
        "heartbeat_at": beat.answered_at if beat else None,
        "worker_silent": worker_is_silent(),
        "learning": learning(),
        "below_floor": [below.person.get_username() for below in reviewers_below_floor()],
        "agreement": agreement(),
        "days": by_day(days, now),
    }


def learning() -> dict[str, Any]:
    """Whether there is enough to learn from, and whether it is being learned. A few queries."""
    run = active_run()
    return {
        "new_labels": count_new_labels(),
        "needed": settings.RETRAIN_MIN_NEW_LABELS,
        "training_run": run.pk if run else None,
    }


def agreement() -> dict[str, Any]:
    """What the last look at the settled pictures found. One query."""
    last = looks().filter(window=DriftLook.Window.LABELS).first()
    after = {one["figure"]: one.get("after") for one in last.readings} if last else {}
    return {
        "looked_at": last.last_at if last else None,
        "reviewers": after.get("agreement"),
        "overruled": after.get("overrides"),
    }


def by_day(days: int, now: datetime) -> list[dict[str, Any]]:
    """What came in on each day, in the site's time zone, the earliest first. One query."""
    span = Span(f"{days}d", f"{days} days", timedelta(days=days), 24)
    counts = tallies(("submission", "verdict", "review"), span, now)
    steps = span.steps(now, timezone.get_current_timezone())[-days:]

    def of(what: str, step: datetime, names: Any) -> dict[str, int]:
        found = counts[what].get(step, Counter())
        return {name: found[name] for name in names}

    return [
        {
            "day": step.date(),
            "submissions": of("submission", step, CHANNELS),
            "verdicts": of("verdict", step, VERDICTS),
            "reviews": of("review", step, ANSWERS),
        }
        for step in steps
    ]
