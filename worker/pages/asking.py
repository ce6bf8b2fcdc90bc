"""Asking for a retraining and cancelling one. Both are asked back before anything happens."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from labelling.pages.signed_in import me
from labelling.permissions import check_may_administer
from worker import queries
from worker.models import Kind, TrainingRun
from worker.pages import wording
from worker.services.cancelling import cancel_run
from worker.services.new_labels import count_by_class
from worker.services.retraining import request_retraining

ask_or_do = require_http_methods(["GET", "POST"])


@login_required
@never_cache
@ask_or_do
def retrain(request: HttpRequest) -> HttpResponse:
    """Ask whether to retrain; or ask for it, and say what came of that."""
    check_may_administer(request.user)
    if request.method == "GET":
        return render(request, "worker/retrain.html", what_is_new())
    run = request_retraining(by=me(request), kind=request.POST.get("kind", Kind.REFIT))
    if run.state == TrainingRun.State.SKIPPED:
        messages.info(request, f"Nothing was changed. {run.outcome.capitalize()}.")
    else:
        messages.success(request, "The retraining has begun. You can leave this page; it goes on.")
    return redirect("dashboard")


def what_is_new() -> dict[str, object]:
    new, needed = count_by_class(), settings.RETRAIN_MIN_NEW_LABELS
    return {"new": wording.new(new), "needed": needed, "enough": sum(new.values()) >= needed}


@login_required
@never_cache
@ask_or_do
def cancel(request: HttpRequest, run_id: int) -> HttpResponse:
    """Ask whether to cancel a run; or cancel it. One that is over is told on its own page."""
    check_may_administer(request.user)
    if request.method == "GET":
        return render(request, "worker/cancel.html", {"run": queries.run_by_id(run_id)})
    run = cancel_run(run_id=run_id, by=me(request))
    if run.is_active:
        messages.info(request, "It stops at its next step. Nothing of it will go live.")
    else:
        messages.info(request, "The retraining is cancelled.")
    return redirect("dashboard")
