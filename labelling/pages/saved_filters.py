"""Keeping a search of the gallery, renaming and deleting it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from labelling.pages.signed_in import me
from labelling.services.saved_filters import delete_filter, rename_filter, save_filter


@login_required
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    kept = save_filter(
        owner=me(request),
        name=request.POST.get("name", ""),
        query=request.POST.get("query", ""),
    )
    messages.success(request, f"Kept as “{kept.name}”.")
    return redirect(f"{reverse('images')}?{kept.query}")


@login_required
@require_POST
def change(request: HttpRequest, filter_id: int) -> HttpResponse:
    """Rename, or delete where the button of that name was pressed."""
    person = me(request)
    if "delete" in request.POST:
        delete_filter(filter_id=filter_id, owner=person)
        messages.success(request, "The search is deleted. The pictures are as they were.")
    else:
        name = request.POST.get("name", "")
        kept = rename_filter(filter_id=filter_id, owner=person, name=name)
        messages.success(request, f"It is called “{kept.name}” now.")
    return redirect("images")
