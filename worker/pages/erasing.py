"""Deleting everything that one person handed in: asked back before a job begins."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from labelling.pages.signed_in import me
from worker.services.jobs.erasing import person_to_erase, request_erasing, to_erase


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def erase_person(request: HttpRequest, person_id: int) -> HttpResponse:
    """Say how many go and how many stay, and let the name be typed; or ask for the job."""
    person = person_to_erase(person_id, me(request))
    context = {"person": person, "counts": to_erase(person, me(request))}
    if request.method == "GET":
        return render(request, "worker/erase_person.html", context)
    if request.POST.get("name", "").strip() != person.get_username():
        context["error"] = "This is not the name. Nothing was deleted."
        return render(request, "worker/erase_person.html", context, status=400)
    return redirect(request_erasing(person_id=person.pk, by=me(request)))


@login_required
@require_GET
def erase_own(request: HttpRequest) -> HttpResponse:
    """Lead to the page above, from a menu that knows nobody's number."""
    return redirect("erase-person", request.user.pk)
