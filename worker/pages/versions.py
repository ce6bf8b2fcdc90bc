"""What each version is, where it came from, and how good it is. Anybody with an account may ask."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from labelling.page_numbers import Paginator
from labelling.permissions import may_administer
from worker import queries
from worker.life import life_of, may_return_to, standing
from worker.pages import wording
from worker.pages.gate_table import gate_table
from worker.services.overriding import may_be_overridden

PAGE = 50


@login_required
@require_GET
def versions(request: HttpRequest) -> HttpResponse:
    page = Paginator(queries.versions(), PAGE).get_page(request.GET.get("page"))
    rows = []
    for version in page.object_list:
        measured = wording.sections(version.metrics)
        rows.append((version, measured[0].headlines if measured else []))
    context = {"page": page, "rows": rows, "standing": standing()}
    return render(request, "worker/versions.html", context)


@login_required
@require_GET
def version(request: HttpRequest, number: int) -> HttpResponse:
    found = queries.version_by_number(number)
    run = queries.run_of(found)
    context = {
        "version": found,
        "run": run,
        "learned": queries.learned_counts(found),
        "gate": gate_table(run.gate) if run else None,
        "overrides": found.overrides.all(),
        "may_override": may_administer(request.user) and may_be_overridden(found),
        "life": life_of(found),
        "may_return": may_return_to(request.user, found),
        "gain": wording.gain(found.metrics),
        "sections": wording.sections(found.metrics),
        "thresholds": wording.thresholds(found.thresholds),
    }
    return render(request, "worker/version.html", context)
