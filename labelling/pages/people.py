"""Who has an account and what they may do; for administrators."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from labelling.links import reset_link as link_for
from labelling.page_numbers import Paginator
from labelling.pages.signed_in import me
from labelling.people import LONGEST_QUERY, SHOWN, found_people, open_invitations, person_for
from labelling.permissions import ADJUDICATORS, ADMINISTRATORS, REVIEWERS, UPLOADERS
from labelling.services import people as services

ROLE_WORDS = {
    UPLOADERS: "hand pictures in and see their own",
    REVIEWERS: "say of pictures what they are, and see all of them",
    ADJUDICATORS: "settle what reviewers disagree on, and answer disputes",
    ADMINISTRATORS: "retrain, promote versions, and decide who may do what",
}
PAGE = 50


@login_required
@require_GET
def people(request: HttpRequest) -> HttpResponse:
    """Everybody, those who may come in first."""
    query = request.GET.get("q", "").strip()[:LONGEST_QUERY]
    show = request.GET.get("show", "")
    show = show if show in SHOWN else ""
    found = found_people(request.user, query=query, show=show)
    context = {
        "page": Paginator(found, PAGE).get_page(request.GET.get("page")),
        "q": query,
        "show": show,
        "shown": SHOWN,
        "here": urlencode({"show": show, "q": query}),
        "invitations": open_invitations(request.user).count(),
    }
    return render(request, "labelling/people.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def person(request: HttpRequest, person_id: int) -> HttpResponse:
    """One person; a POST gives them the roles that are ticked."""
    if request.method == "POST":
        changed = services.set_roles(
            person_id=person_id, roles=request.POST.getlist("roles"), by=me(request)
        )
        messages.success(request, f"The roles of {changed.get_username()} are as you ticked them.")
        return redirect("person", person_id)
    return render(request, "labelling/person.html", told(request, person_id))


@login_required
@require_POST
def deactivate(request: HttpRequest, person_id: int) -> HttpResponse:
    gone = services.deactivate_person(person_id=person_id, by=me(request))
    messages.success(
        request, f"{gone.get_username()} is signed out everywhere and comes in no more."
    )
    return redirect("person", person_id)


@login_required
@require_POST
def reactivate(request: HttpRequest, person_id: int) -> HttpResponse:
    back = services.reactivate_person(person_id=person_id, by=me(request))
    messages.success(request, f"{back.get_username()} can sign in again.")
    return redirect("person", person_id)


@login_required
@never_cache
@require_POST
def reset_link(request: HttpRequest, person_id: int) -> HttpResponse:
    """Show a link for one new password, once: it is kept nowhere."""
    token = services.make_reset_token(person_id=person_id, by=me(request))
    asked = person_for(request.user, person_id)
    context = told(request, person_id) | {
        "link": link_for(request, asked, token),
        "hours": settings.PASSWORD_RESET_TIMEOUT // 3600,
    }
    return render(request, "labelling/person.html", context)


def told(request: HttpRequest, person_id: int) -> dict[str, object]:
    asked = person_for(request.user, person_id)
    protected = asked.is_superuser and not me(request).is_superuser
    return {
        "person": asked,
        "its_me": asked == request.user,
        "protected": protected,
        "roles": ROLE_WORDS,
        "has": {group.name for group in asked.groups.all()},
    }
