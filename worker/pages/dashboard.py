"""The administrators' dashboard: what answers, what is worth doing, what was done."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from labelling.liveness import worker_is_silent
from labelling.permissions import check_may_administer
from labelling.silent_tests import reviewers_below_floor
from worker import queries
from worker.life import standing
from worker.models import TrainingRun
from worker.pages import wording
from worker.services.new_labels import count_new_labels

PAGE = 20
DECISIONS = 8


@login_required
@never_cache
@require_GET
def dashboard(request: HttpRequest) -> HttpResponse:
    check_may_administer(request.user)
    stands, active = standing(), queries.active_run()
    version = stands.live
    new, needed = count_new_labels(), settings.RETRAIN_MIN_NEW_LABELS
    sections = wording.sections(version.metrics) if version else []
    context = {
        "lead": wording.lead(
            version.number if version else None,
            version.promoted_at if version else None,
            running=active is not None,
        ),
        "worth": wording.UNDER_WAY if active else wording.worth(new, needed),
        "enough": new >= needed,
        "new": new,
        "needed": needed,
        "version": version,
        "section": sections[0] if sections else None,
        "gain": wording.gain(version.metrics) if version else "",
        "silent": worker_is_silent(),
        "below": wording.below_floor([str(one.person) for one in reviewers_below_floor()]),
        "standing": stands,
        **runs_context(request, active),
        **decisions_context(request),
    }
    return render(request, "worker/dashboard.html", context)


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
    return {"active": active, "page": page}


def decisions_context(request: HttpRequest) -> dict[str, Any]:
    """What the policies are and what they said last."""
    return {
        "policies": queries.policies(),
        "decisions": queries.decisions()[:DECISIONS],
        "can_edit": request.user.has_perm("worker.change_retrainingpolicy"),
    }
