"""What you handed in, with what came of it."""

from urllib.parse import urlencode
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from labelling.errors import InvalidRequest
from labelling.handed_in import HandedIn, Standing, filtered, handed_in, own_submissions
from labelling.liveness import worker_is_silent
from labelling.models import User
from labelling.page_numbers import Paginator
from labelling.pages.signed_in import logged_out, me

PAGE = 24
LONGEST_SEARCH = 255  # of a file name that is kept
FILTERS = {
    "": "All",
    "ai": "AI-made",
    "human": "Human-made",
    "uncertain": "Uncertain",
    "waiting": "Waiting",
    "disputed": "Disputed",
    "settled": "Settled",
}


@login_required
@require_GET
def my_uploads(request: HttpRequest) -> HttpResponse:
    """Your pictures, the newest first."""
    person = me(request)
    show = request.GET.get("show", "")
    show = show if show in FILTERS else ""
    text = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH]
    found = filtered(own_submissions(person), person, show=show, text=text)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    rows = handed_in(list(page.object_list), person)
    context = {
        "rows": rows,
        "waiting": _waiting(rows),
        "page": page,
        "query": urlencode({"show": show, "q": text}) + "&",
        "filters": FILTERS,
        "show": show,
        "text": text,
        "silent": worker_is_silent(),
    }
    return render(request, "labelling/uploads.html", context)


@require_GET
def judged_rows(request: HttpRequest) -> HttpResponse:
    """The rows of those in ``waiting`` (ids with commas) that wait no longer.

    Asked for by the page each two seconds. 204 leaves it alone while nothing has changed.
    """
    if not isinstance(request.user, User):
        return logged_out(request)
    asked = own_submissions(request.user).filter(image__in=_ids(request.GET.get("waiting", "")))
    rows = handed_in(list(asked), request.user)
    judged = [row for row in rows if row.standing != Standing.WAITING]
    if not judged and len(rows):
        return HttpResponse(status=204)
    context = {"rows": judged, "waiting": _waiting(rows)}
    return render(request, "labelling/_uploads_judged.html", context)


def _waiting(rows: list[HandedIn]) -> str:
    ids = [str(row.image.pk) for row in rows if row.standing == Standing.WAITING]
    return ",".join(ids)


def _ids(text: str) -> list[UUID]:
    """At most a page of them; each is looked up among the person's own."""
    try:
        return [UUID(part) for part in text.split(",")[:PAGE] if part]
    except ValueError as error:
        raise InvalidRequest("A picture's id is a UUID.") from error
