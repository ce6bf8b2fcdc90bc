"""What a training saw, picture by picture."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from labelling.blindness import sees_everything
from labelling.page_numbers import Paginator
from worker import queries
from worker.models import SnapshotItem

PAGE = 100
Use = SnapshotItem.Use
MEANING = {
    Use.TRAIN: "learned from",
    Use.GOLD: "gold, which measures and never trains",
    Use.AUDIT: "the audit sample, which measures and never trains",
    Use.REGRESSION: "kept to see that a mistake stays mended",
    Use.LEFT_OUT: "left out",
}


@login_required
@require_GET
def snapshot(request: HttpRequest, digest: str) -> HttpResponse:
    """The snapshot's counts, and of its pictures those that this person may know to be in it.

    ``?use=`` shows those of one use alone.
    """
    found = queries.snapshot_by_digest(request.user, digest)
    counts = queries.snapshot_counts(found)
    show = request.GET.get("use", "")
    items = queries.visible_items(found, request.user)
    items = items.filter(use=show) if show in counts else items
    page = Paginator(items, PAGE).get_page(request.GET.get("page"))
    context = {
        "snapshot": found,
        "runs": found.runs.select_related("version"),
        "total": sum(count["ai"] + count["human"] for count in counts.values()),
        "deleted": sum(count["deleted"] for count in counts.values()),
        "uses": [(use, MEANING[Use(use)], count) for use, count in counts.items()],
        "show": show if show in counts else "",
        "query": f"use={show}&" if show in counts else "",
        "page": page,
        "items": list(page.object_list),
        "everything": sees_everything(request.user),
    }
    return render(request, "worker/snapshot.html", context)
