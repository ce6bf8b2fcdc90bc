"""The weekly reports, for administrators."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from labelling.page_numbers import Paginator
from labelling.permissions import check_may_administer
from worker.weekly.report import report_of
from worker.weekly.weeks import pictures_in, week_named, weeks

PAGE = 26


@login_required
@never_cache
@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """Every week since the first picture, the newest first."""
    check_may_administer(request.user)
    page = Paginator(weeks(), PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "rows": pictures_in(list(page)).items()}
    return render(request, "worker/weekly_list.html", context)


@login_required
@never_cache
@require_GET
def weekly(request: HttpRequest, name: str) -> HttpResponse:
    check_may_administer(request.user)
    known = weeks()
    week = week_named(name, known)
    return render(
        request,
        "worker/weekly.html",
        {
            "report": report_of(week),
            "older": week.before if week.before in known else None,
            "newer": week.after if week.after in known else None,
        },
    )
