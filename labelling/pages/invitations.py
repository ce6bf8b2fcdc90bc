"""Inviting people, and coming in by an invitation."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import UserCreationForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from labelling.errors import Conflict, InvalidRequest
from labelling.links import outside_link
from labelling.models import User
from labelling.pages.accounts import sign_in
from labelling.pages.people import ROLE_WORDS
from labelling.pages.signed_in import me
from labelling.people import open_invitations
from labelling.permissions import UPLOADERS, check_may_administer
from labelling.services import invitations as services


class NewPerson(UserCreationForm):  # type: ignore[type-arg]
    """A name and a password, twice."""

    class Meta:
        model = User
        fields = ("username",)
        labels: ClassVar[dict[str, str]] = {"username": "Name"}
        help_texts: ClassVar[dict[str, str]] = {
            "username": "You sign in with it. Letters, digits and @ . + - _"
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].widget.attrs["autocomplete"] = "username"


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def invite(request: HttpRequest) -> HttpResponse:
    """Ask for whom; or make the invitation and show its link, once: it is kept nowhere."""
    check_may_administer(request.user)
    context: dict[str, object] = {
        "roles": ROLE_WORDS,
        "fixed": UPLOADERS,
        "days": services.VALID_DAYS,
    }
    status = 200
    if request.method == "POST":
        try:
            context |= _invited(request)
        except (InvalidRequest, Conflict) as error:
            context |= {"error": error.message, "email": request.POST.get("email", "")}
            status = 400
    context |= {"invitations": open_invitations(request.user), "sends_mail": settings.SENDS_MAIL}
    return render(request, "labelling/invite.html", context, status=status)


def _invited(request: HttpRequest) -> dict[str, object]:
    email = request.POST.get("email", "").strip()
    made, secret = services.invite(roles=request.POST.getlist("roles"), by=me(request), email=email)
    link = outside_link(request, "invitation", secret)
    return {"link": link, "made": made, "sent": services.send_invitation(made, link)}


@login_required
@require_POST
def revoke(request: HttpRequest, invitation_id: int) -> HttpResponse:
    services.revoke_invitation(invitation_id=invitation_id, by=me(request))
    messages.success(request, "The invitation is revoked. Its link leads nowhere now.")
    return redirect("invite")


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Choose a name and a password. Whoever is signed in has an account and is told so."""
    offered = services.open_invitation(token)
    context: dict[str, object] = {"invitation": offered}
    if request.user.is_authenticated:
        status = 409 if request.method == "POST" else 200
        return render(request, "labelling/invitation.html", context, status=status)
    form = NewPerson(request.POST or None)
    if request.method == "POST" and form.is_valid() and (person := _accepted(token, form)):
        answer = redirect("home")
        sign_in(request, answer, person)
        messages.success(request, f"Welcome, {person.get_username()}. This is your account.")
        return answer
    return render(request, "labelling/invitation.html", context | {"form": form})


def _accepted(token: str, form: NewPerson) -> User | None:
    """The new account; None where somebody took the name at this moment, which the form says."""
    said = form.cleaned_data
    try:
        return services.accept_invitation(
            secret=token, username=said["username"], password=said["password1"]
        )
    except InvalidRequest as error:
        form.add_error("username", error.message)
        return None
