"""What a training saw, picture by picture."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from labelling.blindness import open_labels
from worker import queries

PAGE = 100


@login_required
@require_GET
def snapshot(request: HttpRequest, digest: str) -> HttpResponse:
    found = queries.snapshot_by_digest(request.user, digest)
    page = Paginator(found.items.order_by("sha256"), PAGE).get_page(request.GET.get("page"))
    items = list(page.object_list)
    context = {
        "snapshot": found,
        "runs": found.runs.select_related("version"),
        "total": page.paginator.count,
        "page": page,
        "items": items,
        "open": open_labels({item.image_id for item in items}, request.user),
    }
    return render(request, "worker/snapshot.html", context)
