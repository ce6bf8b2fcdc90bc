"""Addresses under ``/api/`` at which there is nothing."""

from typing import Any

from django.http import HttpResponseRedirect
from django.urls import ResolverMatch, is_valid_path
from rest_framework.request import Request

from labelling.api.base import ApiView
from labelling.errors import NotFound


class Missing(ApiView):
    """Says so in JSON; where only the closing slash was forgotten, leads or points there."""

    authentication_classes = ()
    permission_classes = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if request.path.endswith("/") or not self._is_known(request.path + "/"):
            raise NotFound("There is nothing at this address.")
        if request.method not in ("GET", "HEAD"):
            raise NotFound(f"There is nothing at this address; {request.path}/ is what you need.")

    def get(self, request: Request, path: str) -> HttpResponseRedirect:
        query = request.META.get("QUERY_STRING")
        return HttpResponseRedirect(f"{request.path}/" + (f"?{query}" if query else ""))

    def _is_known(self, path: str) -> bool:
        match = is_valid_path(path)
        return isinstance(match, ResolverMatch) and match.url_name != "api-missing"
