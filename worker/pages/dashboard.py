"""The administrators' dashboard: what answers, what is worth doing, what was done."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from classifier.queries import production_version
from labelling.liveness import worker_is_silent
from labelling.models import User
from labelling.permissions import check_may_administer
from worker import queries
from worker.models import TrainingRun
from worker.pages import wording
from worker.services.new_labels import count_new_labels
from worker.services.retraining import request_retraining

PAGE = 20


@login_required
@never_cache
@require_GET
def dashboard(request: HttpRequest) -> HttpResponse:
    check_may_administer(request.user)
    version, active = production_version(), queries.active_run()
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
        **runs_context(request, active),
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


@login_required
@require_POST
def retrain(request: HttpRequest) -> HttpResponse:
    """Ask for a retraining and say what came of it. A conflict is told on its own page."""
    assert isinstance(request.user, User)
    run = request_retraining(by=request.user)
    if run.state == TrainingRun.State.SKIPPED:
        messages.info(request, f"Nothing was changed. {run.outcome.capitalize()}.")
    else:
        messages.success(request, "The retraining has begun. You can leave this page; it goes on.")
    return redirect("dashboard")
