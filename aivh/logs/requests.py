"""One line for each request, and the id by which all that it caused is found."""

import logging
import time
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from aivh.logs import tracing
from aivh.logs.context import about, safe_id
from aivh.metrics.requests import QUIET, kind_of, method_of, route_of

HEADER = "X-Request-ID"

log = structlog.get_logger("aivh.requests")


class LogRequests:
    """Middleware, the outermost. Takes or makes the request's id, and answers it.

    Of a body that is streamed the time is until it begins, and its bytes are not known.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        identity = safe_id(request.headers.get(HEADER))
        with about(request, identity), tracing.request_span(request) as span:
            began = time.perf_counter()
            response = self.get_response(request)
            seconds = time.perf_counter() - began
            response.headers[HEADER] = identity
            _tell(request, response, seconds)
            tracing.describe(span, request, response)
        return response


def _tell(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    route, ms = route_of(request), round(1000 * seconds)
    method = method_of(request)
    level = logging.DEBUG if kind_of(route) in QUIET else logging.INFO
    words = f"{method} {route} {response.status_code} in {ms} ms"
    log.log(
        level,
        words,
        method=method,
        route=route,
        status=response.status_code,
        ms=ms,
        bytes=_length(response),
    )


def _length(response: HttpResponse) -> int | None:
    announced = str(response.headers.get("Content-Length", ""))
    if announced.isdecimal():
        return int(announced)
    return None if response.streaming else len(response.content)
