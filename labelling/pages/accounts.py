"""Logging in."""

import logging
from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from classifier.errors import AivhError

WRONG_PASSWORDS = 10  # from one address in each minute, the same as for tokens
A_MINUTE = 60
TOO_MANY = "Too many wrong passwords came from your address. Wait a minute, then try again."

log = logging.getLogger(__name__)


class Login(LoginView):
    """Django's, but whoever guesses is slowed down. Right passwords are not counted."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if _wrong_passwords(request) >= WRONG_PASSWORDS:
            raise AivhError(TOO_MANY, code="throttled")
        return super().post(request, *args, **kwargs)

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        _count_wrong_password(self.request)
        return super().form_invalid(form)


def _wrong_passwords(request: HttpRequest) -> int:
    """How many came lately; 0 while the server that counts is away, so that people get in."""
    try:
        return int(cache.get(_key(request), 0))
    except Exception as error:  # the cache's client has errors of its own
        log.warning("Wrong passwords are not counted: %s", error)
        return 0


def _count_wrong_password(request: HttpRequest) -> None:
    try:
        cache.add(_key(request), 0, A_MINUTE)
        cache.incr(_key(request))
    except Exception as error:  # as above, or the minute has just passed
        log.warning("A wrong password is not counted: %s", error)


def _key(request: HttpRequest) -> str:
    return f"wrong-passwords:{BaseThrottle().get_ident(Request(request))}"
