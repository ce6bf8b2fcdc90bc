"""Long work that shows itself: the list of jobs, and the page of one."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from labelling.liveness import worker_is_silent
from labelling.page_numbers import Paginator
from labelling.pages.signed_in import logged_out, me
from worker import queries
from worker.broker import JOBS
from worker.models import Job
from worker.pages.job_words import words_of
from worker.services.jobs.cancelling import cancel_job
from worker.services.jobs.undoing import can_be_undone, undo_job

PAGE = 20
REFUSED_PAGE = 50


@login_required
@never_cache
@require_GET
def jobs(request: HttpRequest) -> HttpResponse:
    """One's own jobs, the newest first; administrators see everybody's."""
    page = Paginator(queries.visible_jobs(request.user), PAGE).get_page(request.GET.get("page"))
    now = timezone.now()
    context = {
        "page": page,
        "rows": [(job, words_of(job, now)) for job in page],
        "silent": any(job.is_active for job in page) and worker_is_silent(JOBS),
    }
    return render(request, "worker/jobs.html", context)


@login_required
@never_cache
@require_GET
def job(request: HttpRequest, job_id: int) -> HttpResponse:
    """How far it is, or how it ended: what was refused, what came of it, and its undo."""
    shown = queries.job_for(request.user, job_id)
    refused = Paginator(queries.refused_items(shown), REFUSED_PAGE)
    context = {
        **_progress(shown),
        "page": refused.get_page(request.GET.get("page")),
        "undoable": can_be_undone(shown, me(request)),
    }
    return render(request, "worker/job.html", context)


@never_cache
@require_GET
def progress(request: HttpRequest, job_id: int) -> HttpResponse:
    """How far it is, alone: asked for each second while it is under way; then the page reloads."""
    if not request.user.is_authenticated:
        return logged_out(request)
    shown = queries.job_for(request.user, job_id)
    if not shown.is_active:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "worker/_job.html", _progress(shown))


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def cancel(request: HttpRequest, job_id: int) -> HttpResponse:
    """Ask whether to stop a job; or stop it."""
    if request.method == "GET":
        shown = queries.job_for(request.user, job_id)
        return render(request, "worker/job_cancel.html", _progress(shown))
    stopped = cancel_job(job_id=job_id, by=me(request))
    if stopped.is_active:
        messages.info(request, "It stops before the next one.")
    return redirect(stopped)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def undo(request: HttpRequest, job_id: int) -> HttpResponse:
    """Ask whether to take back what a job did; or ask a job to do so."""
    shown = queries.job_for(request.user, job_id)
    if request.method == "GET":
        context = {"job": shown, "undoable": can_be_undone(shown, me(request))}
        return render(request, "worker/job_undo.html", context)
    return redirect(undo_job(job_id=job_id, by=me(request)))


def _progress(shown: Job) -> dict[str, Any]:
    return {
        "job": shown,
        "words": words_of(shown, timezone.now()),
        "silent": shown.is_active and worker_is_silent(JOBS),
    }
