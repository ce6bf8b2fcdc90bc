"""Which versions saw one picture: the part of its page that this room knows."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from labelling.blindness import open_labels
from labelling.permissions import check_may_review
from labelling.queries import image_for
from worker import queries


@login_required
@require_GET
def lineage(request: HttpRequest, image_id: UUID) -> HttpResponse:
    """For those who review, once the label is open to them.

    That a version saw it says already that it is settled, and so that it may be a silent test.
    """
    check_may_review(request.user)
    picture = image_for(request.user, image_id)
    is_open = picture.pk in open_labels({picture.pk}, request.user)
    seen = queries.versions_that_saw(picture.sha256) if is_open else []
    context = {"seen": seen, "open": is_open}
    return render(request, "worker/_lineage.html", context)
