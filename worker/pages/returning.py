"""Going back to a version, and stopping one in shadow: asked back before anything happens."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from classifier.errors import NoModel
from classifier.queries import production_version
from labelling.errors import Conflict
from labelling.pages.signed_in import me
from labelling.permissions import check_may_administer
from worker import queries
from worker.life import standing
from worker.services.rollback import LONGEST_REASON, earlier, roll_back
from worker.services.shadow import stop_trial


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def return_to(request: HttpRequest, number: int) -> HttpResponse:
    """Ask whether to go back to a version; or do it. What stands in the way has its own page."""
    check_may_administer(request.user)
    version, live = queries.version_by_number(number), production_version()
    if live is None:
        raise NoModel("No version answers, so there is none to go back from.")
    if request.method == "GET":
        earlier(live, number)
        context = {"version": version, "live": live, "longest": LONGEST_REASON}
        return render(request, "worker/return.html", context)
    roll_back(by=me(request), to=number, reason=request.POST.get("reason", ""))
    messages.success(request, f"Version {number} answers from now on.")
    return redirect("version", number)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def stop(request: HttpRequest, number: int) -> HttpResponse:
    """Ask whether a version shall leave the shadow without answering; or let it."""
    check_may_administer(request.user)
    version, trial = queries.version_by_number(number), standing().trial
    if request.method == "GET":
        if trial is None or trial.version_id != version.pk:
            raise Conflict(f"Version {number} is not in shadow now.")
        return render(request, "worker/stop.html", {"trial": trial})
    stop_trial(number=number, by=me(request))
    messages.info(request, f"Version {number} will not answer. It is kept.")
    return redirect("version", number)
