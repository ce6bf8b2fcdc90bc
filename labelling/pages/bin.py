"""The bin: what was deleted in the last 30 days, and the way into it and out of it."""

from datetime import timedelta
from math import ceil
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from labelling.errors import NotFound
from labelling.models import Image
from labelling.page_numbers import Paginator
from labelling.pages.signed_in import me
from labelling.permissions import check_may_administer
from labelling.queries import binned_images, image_for
from labelling.services.deletion import (
    BIN_DAYS,
    bin_image,
    check_may_delete,
    erase_binned,
    restore_image,
)

PAGE = 24


@login_required
@never_cache
@require_GET
def bin_page(request: HttpRequest) -> HttpResponse:
    """What one has put there; administrators see all of it. The newest first."""
    found = binned_images(request.user).select_related("deleted_by").order_by("-deleted_at", "pk")
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    rows = [(image, days_left(image)) for image in page]
    return render(request, "labelling/bin.html", {"page": page, "rows": rows, "days": BIN_DAYS})


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def put(request: HttpRequest, image_id: UUID) -> HttpResponse:
    """Ask whether a picture shall go into the bin; or put it there."""
    if request.method == "GET":
        image = image_for(request.user, image_id)
        check_may_delete(image, me(request))
        return render(request, "labelling/bin_ask.html", {"image": image, "days": BIN_DAYS})
    bin_image(image_id=image_id, by=me(request))
    messages.success(request, "The picture lies in the bin. Here you can take it out again.")
    return redirect("bin")


@login_required
@require_POST
def restore(request: HttpRequest, image_id: UUID) -> HttpResponse:
    image = restore_image(image_id=image_id, by=me(request))
    messages.success(request, "The picture is back, with everything that was said of it.")
    return redirect(image)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def erase(request: HttpRequest, image_id: UUID) -> HttpResponse:
    """Ask whether a picture shall go for good, before its days are over; or let it go."""
    check_may_administer(request.user)
    if request.method == "GET":
        image = binned_images(request.user).filter(pk=image_id).first()
        if image is None:
            raise NotFound("There is no such picture in the bin.")
        return render(request, "labelling/erase_ask.html", {"image": image})
    erase_binned(image_id=image_id, by=me(request))
    messages.success(request, "The picture is gone for good.")
    return redirect("bin")


def days_left(image: Image) -> int:
    """Days until the picture goes for good, counting the one that has begun."""
    assert image.deleted_at is not None
    left = image.deleted_at + timedelta(days=BIN_DAYS) - timezone.now()
    return max(ceil(left / timedelta(days=1)), 0)
