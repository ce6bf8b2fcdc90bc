"""Pages that programs read, too."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ClassVar

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from rest_framework.request import Request

from labelling.api.authentication import KEYWORDS, BearerAuthentication
from labelling.api.base import ApiView
from labelling.models import Scope

Page = Callable[..., HttpResponseBase]


def session_or_token(scope: Scope) -> Callable[[Page], Page]:
    """Let a page answer whoever is signed in, and a token for ``scope`` as it does its owner.

    Programs are counted and refused as everywhere in the API: by problem details.
    """

    def open_to_both(page: Page) -> Page:
        class ByToken(ApiView):
            authentication_classes = (BearerAuthentication,)
            scopes: ClassVar = {"GET": scope}

            def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
                return page(request._request, *args, **kwargs)  # its user is the token's by now

        by_session, by_token = csrf_protect(login_required(page)), ByToken.as_view()

        @csrf_exempt  # programs know no forms; a browser's are looked at above
        @wraps(page)
        def by_either(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            keyword = request.headers.get("Authorization", "").partition(" ")[0]
            door = by_token if keyword.lower() in KEYWORDS else by_session
            return door(request, *args, **kwargs)

        return by_either

    return open_to_both
