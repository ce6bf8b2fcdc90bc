"""What a token is for. What its owner's roles allow is checked by the services."""

from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from classifier.errors import NotAllowed
from labelling.models import ApiToken, Scope

if TYPE_CHECKING:  # the framework's views read the settings, which name this module
    from rest_framework.views import APIView


def scope_of(request: Request, view: "APIView") -> Scope | None:
    """The scope that this request needs; None where the view names none: no token may then.

    Every view of the API says so in ``scopes``, by method.
    """
    method = "GET" if request.method in ("HEAD", "OPTIONS") else request.method
    return getattr(view, "scopes", {}).get(method)


class TokenHasScope(BasePermission):
    """A token opens only what it was made for; a browser's session opens what its person may."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if hasattr(view, (request.method or "").lower()):
            check_scope(request, scope_of(request, view))
        return True


def check_scope(request: Request, scope: Scope | None) -> None:
    """Raises NotAllowed for a token without the scope; where that is None, for every token."""
    if not isinstance(request.auth, ApiToken) or scope in request.auth.scopes:
        return
    needed = f"it needs the scope “{scope}”" if scope else "no token may"
    raise NotAllowed(f"This token may not do this: {needed}.", code="missing_scope")
