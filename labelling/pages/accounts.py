"""Logging in."""

from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse

from labelling.guessing import count_guess, mark_browser, was_right
from labelling.models import User


class Login(LoginView):
    """Django's, but whoever guesses is slowed down. Right passwords are not counted."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        count_guess(request, self._name())
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        was_right(self.request, self._name())
        response = super().form_valid(form)
        mark_browser(response, self._name())
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"organisation": settings.OIDC_NAME}

    def _name(self) -> str:
        return self.request.POST.get("username", "")


def sign_in(request: HttpRequest, answer: HttpResponse, person: User) -> None:
    """Sign somebody in who came by a link of their own, and let the browser be known as theirs."""
    login(request, person, backend="django.contrib.auth.backends.ModelBackend")
    mark_browser(answer, person.get_username())
