"""Who asks for a page, and what is said to whoever is not signed in any more."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from labelling.models import User

STOP_POLLING = 286  # htmx takes the answer in and asks no more


def me(request: HttpRequest) -> User:
    """The person who asks, where ``login_required`` has let them in."""
    assert isinstance(request.user, User)
    return request.user


def logged_out(request: HttpRequest) -> HttpResponse:
    """What a page that asks by itself is told once its person is signed out."""
    return render(request, "labelling/_logged_out.html", status=STOP_POLLING)
