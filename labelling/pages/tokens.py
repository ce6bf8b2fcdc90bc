"""A person's own tokens: made, shown once, revoked."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from classifier.errors import AivhError
from labelling.models import Scope
from labelling.models.token import LONGEST_NAME
from labelling.pages.signed_in import me
from labelling.permissions import Person, may_administer, may_review
from labelling.services import tokens as services

DAYS = [(30, "30 days"), (90, "90 days"), (services.MOST_DAYS, "a year")]


class NewToken(forms.Form):
    """Which program it is for, what that may do, and for how long."""

    name = forms.CharField(max_length=LONGEST_NAME)
    scopes = forms.MultipleChoiceField(choices=Scope.choices)
    days = forms.TypedChoiceField(choices=DAYS, coerce=int)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """Those that are open; or make one and show it, once: it is kept nowhere."""
    person, status = me(request), 200
    context: dict[str, object] = {"chosen": [Scope.READ, Scope.UPLOAD]}
    if request.method == "POST":
        form = NewToken(request.POST)
        context = {"chosen": request.POST.getlist("scopes"), "name": request.POST.get("name", "")}
        try:
            context |= _made(form, request)
        except AivhError as error:
            context["error"], status = error.message, 400
    context |= {
        "scopes": _offered(person),
        "days": DAYS,
        "longest_name": LONGEST_NAME,
        "tokens": person.api_tokens.open(),
    }
    return render(request, "labelling/tokens.html", context, status=status)


@login_required
@require_POST
def revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    token = services.revoke_token(token_id=token_id, by=me(request))
    messages.success(request, f"“{token.name}” is revoked. It opens nothing any more.")
    return redirect("tokens")


def _made(form: NewToken, request: HttpRequest) -> dict[str, object]:
    if not form.is_valid():
        missing = "a name" if "name" in form.errors else "what it may do, and for how long"
        raise AivhError(f"Say {missing}; then the token can be made.", code="invalid_request")
    token, secret = services.make_token(owner=me(request), **form.cleaned_data)
    return {"link": secret, "made": token, "name": "", "chosen": token.scopes}


def _offered(person: Person) -> list[tuple[str, str]]:
    """The scopes that are of use to this person: a token can do no more than its owner."""
    useless = set()
    if not may_review(person):
        useless.add(Scope.REVIEW)
    if not may_administer(person):
        useless.add(Scope.ADMINISTER)
    return [(scope.value, scope.label) for scope in Scope if scope not in useless]
