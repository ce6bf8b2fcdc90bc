"""Counting requests by the template of their address, never by the address itself."""

import time
from collections.abc import Callable
from http import HTTPMethod, HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from aivh.metrics.counters import HTTP_BOUNDS, HTTP_SECONDS, REQUESTS, field_of, observed
from aivh.metrics.shipping import OTHER, shipper

PROBES = ("/health/live", "/health/ready", "/metrics")  # answered before routes are looked at
METHODS = frozenset(HTTPMethod.__members__)
STATUSES = frozenset(status.value for status in HTTPStatus)
NOWHERE = "unmatched"
QUIET = ("probe", "static")  # kinds that are asked for every few seconds, or twenty for each page
KINDS = ("page", "api", "predict", "admin", "probe", "static", NOWHERE)
STARTS = {
    "/api/": "api",
    "/predict": "predict",
    "/admin/": "admin",
    "/health": "probe",
    "/metrics": "probe",
    "/static/": "static",
}


class CountRequests:
    """Middleware, the outermost: status and time are what the client gets.

    Of a body that is streamed the time is until it begins.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = self.get_response(request)
        seconds = time.perf_counter() - began
        route = route_of(request)
        method = method_of(request)
        status = str(response.status_code) if response.status_code in STATUSES else OTHER
        counted = observed(HTTP_SECONDS, kind_of(route), seconds, HTTP_BOUNDS)
        counted[field_of(REQUESTS, route, method, status)] = 1.0
        shipper.count(counted)
        return response


def method_of(request: HttpRequest) -> str:
    """The method, or one word for all that HTTP does not know."""
    return str(request.method) if request.method in METHODS else OTHER


def route_of(request: HttpRequest) -> str:
    """The template of the address, as ``/images/<uuid:image_id>/``; the back office is one."""
    if request.path in PROBES:
        return request.path
    if request.path.startswith(settings.STATIC_URL):
        return "/static/"
    match = request.resolver_match
    if match is None:
        return NOWHERE
    route = f"/{match.route.lstrip('/')}"
    return "/admin/" if route.startswith("/admin/") else route


def kind_of(route: str) -> str:
    """Of which part of the site it is, one of ``KINDS``."""
    if route == NOWHERE:
        return NOWHERE
    return next((kind for start, kind in STARTS.items() if route.startswith(start)), "page")
