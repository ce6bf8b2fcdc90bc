"""Doing something to many pictures: counted and asked back before anything happens."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from labelling.pages.signed_in import me
from worker.services.jobs.choosing import AnotherNumber, Wish, wish_of

SHOWN = 8  # pictures, so that one sees which these are
CARRIED = ("action", "query", "answer", "assignee", "format")


@login_required
@never_cache
@require_POST
def new(request: HttpRequest) -> HttpResponse:
    """Say how many there are and what will become of them, and ask; or, if confirmed, begin.

    Where another number is found than was shown, it asks again.
    """
    wish = wish_of(me(request), request.POST, site=request.build_absolute_uri("/"))
    preview = wish.preview()
    changed = wish.expected not in (None, preview.total)
    if wish.expected is not None and preview.done and not changed:
        try:
            return redirect(wish.start())
        except AnotherNumber:  # between the count and the list
            preview, changed = wish.preview(), True
    context = {
        "wish": wish,
        "title": _title(wish, preview.total),
        "preview": preview,
        "changed": changed,
        "shown": wish.images[:SHOWN],
        "carried": {name: request.POST[name] for name in CARRIED if request.POST.get(name)},
        "ids": [] if request.POST.get("query") else request.POST.getlist("ids"),
    }
    return render(request, "worker/bulk.html", context)


def _title(wish: Wish, total: int) -> str:
    return wish.words.format("1 picture" if total == 1 else f"{total:,} pictures")
