"""Letting a version answer, or judge in shadow, and pausing policies: asked back before anything
happens."""

from functools import partial

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from classifier.models import ModelVersion
from classifier.queries import production_version
from labelling.errors import Conflict, InvalidRequest
from labelling.pages.signed_in import me
from labelling.permissions import check_may_administer
from worker import queries
from worker.pages.reasons import ask_for_reason
from worker.services.considering import LONGEST_REASON as LONGEST_ORIGIN
from worker.services.considering import consider
from worker.services.letting import LEAST_REASON, LONGEST_REASON, let_answer, promotable
from worker.services.policy_changes import set_enabled

ask_or_do = require_http_methods(["GET", "POST"])


@login_required
@never_cache
@ask_or_do
def promote(request: HttpRequest, number: int) -> HttpResponse:
    """Ask whether a version in shadow shall answer now; or let it."""
    check_may_administer(request.user)
    queries.version_by_number(number)
    context = {
        "trial": promotable(number),
        "least": LEAST_REASON,
        "longest": LONGEST_REASON,
        "watch_hours": settings.WATCH_HOURS,
    }
    act = partial(let_answer, number=number)
    if asked := ask_for_reason(request, "worker/promote.html", context, act):
        return asked
    messages.success(request, f"Version {number} answers from now on.")
    return redirect("dashboard")


@login_required
@never_cache
@ask_or_do
def shadow(request: HttpRequest, number: int) -> HttpResponse:
    """Ask whether a candidate shall judge in shadow; or let it."""
    check_may_administer(request.user)
    version = queries.version_by_number(number)
    if version.state != ModelVersion.State.CANDIDATE:
        raise Conflict(f"Version {number} is {version.state}; only a candidate can be considered.")
    context = {
        "version": version,
        "live": production_version(),
        "wanted": settings.SHADOW_PICTURES,
        "longest": LONGEST_ORIGIN,
    }
    act = partial(consider, version=version)
    if asked := ask_for_reason(request, "worker/shadow.html", context, act):
        return asked
    messages.success(request, f"Version {number} judges in shadow. Nobody is shown what it says.")
    return redirect("dashboard")


@login_required
@never_cache
@ask_or_do
def policy(request: HttpRequest, policy_id: int) -> HttpResponse:
    """Ask whether to pause a policy, or to let it go on; or do it, as the form says."""
    check_may_administer(request.user)
    if request.method == "GET":
        return render(request, "worker/policy.html", {"policy": queries.policy_by_id(policy_id)})
    enabled = {"0": False, "1": True}.get(request.POST.get("enabled", ""))
    if enabled is None:
        raise InvalidRequest("Say whether the policy is to be paused or to go on.")
    changed = set_enabled(policy_id=policy_id, enabled=enabled, by=me(request))
    words = "is asked again" if enabled else "is paused: it begins no retraining"
    messages.success(request, f"“{changed}” {words}.")
    return redirect("dashboard")
