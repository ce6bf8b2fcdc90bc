"""Overruling the gate: asked back, with a reason, before anything happens."""

from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from labelling.permissions import check_may_administer
from worker import queries
from worker.pages.reasons import ask_for_reason
from worker.services.overriding import LEAST_REASON, LONGEST_REASON, overridable, override_gate


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def override(request: HttpRequest, number: int) -> HttpResponse:
    """Ask for the reason; or send the version on. What stands in the way has its own page."""
    check_may_administer(request.user)
    version = queries.version_by_number(number)
    context = {
        "version": version,
        "failed": overridable(version),
        "least": LEAST_REASON,
        "longest": LONGEST_REASON,
    }
    act = partial(override_gate, version=version)
    if asked := ask_for_reason(request, "worker/override.html", context, act):
        return asked
    messages.success(request, f"Version {number} goes on. Your name and reason are kept with it.")
    return redirect("version", number)
