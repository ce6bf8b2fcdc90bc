"""Pages that programs read, too."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ClassVar

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from labelling.api.authentication import KEYWORDS, BearerAuthentication
from labelling.api.base import ApiView
from labelling.models import Scope

Page = Callable[..., HttpResponseBase]


def session_or_token(
    scope: Scope, *, operation_id: str, tag: str, taken: list[OpenApiParameter]
) -> Callable[[Page], Page]:
    """Let a page answer whoever is signed in, and a token for ``scope`` as it does its owner.

    Programs are counted and refused as everywhere in the API: by problem details. The schema has
    the address with the parameters ``taken``.
    """

    def open_to_both(page: Page) -> Page:
        class ByToken(ApiView):
            authentication_classes = (BearerAuthentication,)
            scopes: ClassVar = {"GET": scope}
            parameters = frozenset(parameter.name for parameter in taken)

            @extend_schema(
                operation_id=operation_id,
                tags=[tag],
                # The stubs know the names of schemes alone.
                auth=[{"tokenAuth": []}, {"cookieAuth": []}],  # type: ignore[list-item]
                parameters=taken,
                description=page.__doc__ or "",
                responses={(200, "text/html"): OpenApiTypes.STR},
            )
            def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
                return page(request._request, *args, **kwargs)  # its user is the token's by now

        by_session, by_token = csrf_protect(login_required(page)), ByToken.as_view()

        @csrf_exempt  # programs know no forms; a browser's are looked at above
        @wraps(page)
        def by_either(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            door = by_token if is_program(request) else by_session
            return door(request, *args, **kwargs)

        # By these two the schema finds a view of the API.
        by_either.cls, by_either.initkwargs = ByToken, {}  # type: ignore[attr-defined]
        return by_either

    return open_to_both


def is_program(request: HttpRequest) -> bool:
    """Whoever sends a token, and who neither is signed in nor could be asked to by a page."""
    keyword = request.headers.get("Authorization", "").partition(" ")[0]
    if keyword.lower() in KEYWORDS:
        return True
    return not (request.user.is_authenticated or "text/html" in request.headers.get("Accept", ""))
