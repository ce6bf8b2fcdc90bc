"""The administrators' dashboard: is the detector still good, what changed, what to press."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import conditional_page, require_GET

from labelling.liveness import worker_is_silent
from labelling.page_numbers import Paginator
from labelling.permissions import check_may_administer
from labelling.silent_tests import reviewers_below_floor
from worker import queries
from worker.charting.spans import SPANS
from worker.charts import all_charts
from worker.condition import condition
from worker.condition_lead import gravest_first, lead
from worker.life import Standing, standing
from worker.models import TrainingRun
from worker.pages import condition_words, wording
from worker.pages.charts import span_of
from worker.pages.gate_table import gate_lead
from worker.services.new_labels import count_new_labels

PAGE = 20
DECISIONS = 8
TOLD = 10  # alerts one by one; the page of alerts has them all


@gzip_page
@login_required
@never_cache
@require_GET
def dashboard(request: HttpRequest) -> HttpResponse:
    check_may_administer(request.user)
    stands, active = standing(), queries.active_run()
    version = stands.live
    new, needed = count_new_labels(), settings.RETRAIN_MIN_NEW_LABELS
    context = {
        "worth": wording.UNDER_WAY if active else wording.worth(new, needed),
        "enough": new >= needed,
        "new": new,
        "needed": needed,
        "gain": wording.gain(version.metrics) if version else "",
        "below": wording.below_floor([str(one.person) for one in reviewers_below_floor()]),
        "candidates": queries.candidates(),
        **live_context(request, stands, running=active is not None),
        **runs_context(request, active),
        **decisions_context(request),
    }
    return render(request, "worker/dashboard.html", context)


@gzip_page
@login_required
@cache_control(private=True, no_cache=True)
@conditional_page
@require_GET
def live(request: HttpRequest) -> HttpResponse:
    """What changes by itself: state, alerts and charts; 304 where nothing has changed since."""
    check_may_administer(request.user)
    running = queries.active_run() is not None
    return render(request, "worker/_live.html", live_context(request, standing(), running=running))


def live_context(request: HttpRequest, stands: Standing, *, running: bool) -> dict[str, Any]:
    span, now, version = span_of(request), timezone.now(), stands.live
    number = version.number if version else None
    state = condition(version, now)
    sections = wording.sections(version.metrics) if version else []
    return {
        "span": span,
        "spans": SPANS.values(),
        "zone": str(timezone.get_current_timezone()),
        "lead": lead(number, state),
        "answers": wording.answers(version.promoted_at if version else None, number, running),
        "tiles": condition_words.strip(state, now),
        "alerts": gravest_first(state.alerts)[:TOLD],
        "more_alerts": len(state.alerts[TOLD:]),
        "silent": worker_is_silent(),
        "version": version,
        "standing": stands,
        "section": sections[0] if sections else None,
        "charts": all_charts(span, now, number),
    }


@login_required
@never_cache
@require_GET
def runs(request: HttpRequest) -> HttpResponse:
    """The list of runs alone, asked for each second while one is active; then the page reloads."""
    check_may_administer(request.user)
    active = queries.active_run()
    if active is None:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "worker/_runs.html", runs_context(request, active))


def runs_context(request: HttpRequest, active: TrainingRun | None) -> dict[str, Any]:
    page = Paginator(queries.runs(), PAGE).get_page(request.GET.get("page"))
    told = [(run, gate_lead(run.gate)) for run in page.object_list]
    return {"active": active, "page": page, "runs": told}


def decisions_context(request: HttpRequest) -> dict[str, Any]:
    """What the policies are and what they said last."""
    return {
        "policies": queries.policies(),
        "decisions": queries.decisions()[:DECISIONS],
        "can_edit": request.user.has_perm("worker.change_retrainingpolicy"),
    }
