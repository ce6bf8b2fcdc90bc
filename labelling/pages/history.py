"""The part of a picture's page that tells its life; a page of its own without JavaScript."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from labelling.history import NEWEST, history_of, reader_of
from labelling.queries import image_for


@login_required
@never_cache
@require_GET
def history(request: HttpRequest, image_id: UUID) -> HttpResponse:
    """Everything that happened to it and that this person may know of, the newest first."""
    picture = image_for(request.user, image_id)
    reader = reader_of(picture, request.user)
    context = {
        "image": picture,
        "events": history_of(picture, reader),
        "reader": reader,
        "newest": NEWEST,
    }
    part = "HX-Request" in request.headers
    template = "labelling/_history.html" if part else "labelling/history.html"
    return render(request, template, context)
