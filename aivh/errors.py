"""How errors leave the site.

One status for each code, one envelope for programs, one page for people.
"""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.deprecation import MiddlewareMixin
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from aivh.logs.context import request_id
from classifier.errors import AivhError

# Every code that a program can meet. docs/api.md explains each, and a test compares the two.
STATUS: dict[str, HTTPStatus] = {
    "invalid_request": HTTPStatus.BAD_REQUEST,
    "invalid_file_type": HTTPStatus.BAD_REQUEST,
    "not_authenticated": HTTPStatus.UNAUTHORIZED,
    "authentication_failed": HTTPStatus.UNAUTHORIZED,
    "not_allowed": HTTPStatus.FORBIDDEN,
    "not_found": HTTPStatus.NOT_FOUND,
    "method_not_allowed": HTTPStatus.METHOD_NOT_ALLOWED,
    "conflict": HTTPStatus.CONFLICT,
    "too_many_jobs": HTTPStatus.CONFLICT,
    "length_required": HTTPStatus.LENGTH_REQUIRED,
    "too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "unsupported_type": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "unsupported_media_type": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "empty_file": HTTPStatus.UNPROCESSABLE_ENTITY,
    "missing_file": HTTPStatus.UNPROCESSABLE_ENTITY,
    "corrupt_picture": HTTPStatus.UNPROCESSABLE_ENTITY,
    "too_many_pixels": HTTPStatus.UNPROCESSABLE_ENTITY,
    "throttled": HTTPStatus.TOO_MANY_REQUESTS,
    "internal_error": HTTPStatus.INTERNAL_SERVER_ERROR,
    "model_not_loaded": HTTPStatus.SERVICE_UNAVAILABLE,
    "registry_unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
}
# The framework's own words for what has a name of ours.
OURS = {
    "permission_denied": "not_allowed",
    "parse_error": "invalid_request",
    "invalid": "invalid_request",
    "error": "internal_error",
}
FOR_PROGRAMS = ("/api/", "/predict", "/health", "/metrics")
UNREADABLE = "This request could not be read to its end."
TOO_MANY_FILES = (
    "A request may have at most 10 files. None of these was taken; send fewer at a time."
)
TOO_LARGE = "This request is too large: a picture may have at most 20 MB."


def status_of(code: str) -> int:
    """The HTTP status of a code; one outside the table is our own fault."""
    return STATUS.get(code, HTTPStatus.INTERNAL_SERVER_ERROR)


def error_response(request: HttpRequest, code: str, message: str) -> HttpResponse:
    """JSON where programs ask, a page in plain words elsewhere."""
    status = status_of(code)
    if is_for_programs(request):
        return JsonResponse({"code": code, "detail": message}, status=status)
    context = {
        "code": code,
        "message": message,
        "status": status,
        "request_id": request_id(),
    }
    return render(request, "aivh/error.html", context, status=status)


def is_for_programs(request: HttpRequest) -> bool:
    return request.path.startswith(FOR_PROGRAMS)


def api_exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's hook: every refusal becomes ``{"code": …, "detail": …}``."""
    ours = expected(exc)
    if ours is not None:
        body = {"code": ours.code, "detail": ours.message}
        return Response(body, status=status_of(ours.code))
    response = exception_handler(exc, context)
    if response is not None:
        code = exc.get_codes() if isinstance(exc, exceptions.APIException) else "not_found"
        if isinstance(code, str):
            response.data = {"code": OURS.get(code, code), "detail": response.data["detail"]}
        else:
            response.data = {
                "code": "invalid_request",
                "detail": "Some fields need another value.",
                "fields": response.data,
            }
    return response


def expected(exc: Exception) -> AivhError | None:
    """The error of ours which this is, or which it means; None for a surprise."""
    if isinstance(exc, AivhError):
        return exc
    if isinstance(exc, RequestDataTooBig):
        return AivhError(TOO_LARGE, code="too_large")
    if isinstance(exc, TooManyFilesSent):
        return AivhError(TOO_MANY_FILES, code="invalid_request")
    if isinstance(exc, SuspiciousOperation | UnreadablePostError):
        return AivhError(UNREADABLE, code="invalid_request")
    return None


class ErrorPages(MiddlewareMixin):
    """Gives an expected error that a view let through its status and its words."""

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        error = expected(exception)
        return error_response(request, error.code, error.message) if error else None

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED or response.content:
            return response
        told = error_response(
            request, "method_not_allowed", f"Method {request.method} is not allowed here."
        )
        told.headers["Allow"] = response.headers["Allow"]
        return told


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    error = expected(exception) or AivhError(UNREADABLE, code="invalid_request")
    return error_response(request, error.code, error.message)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_response(request, "not_allowed", str(exception) or "You may not see this page.")


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_response(request, "not_found", "There is nothing at this address.")


def server_error(request: HttpRequest) -> HttpResponse:
    """Leans on nothing that may be what has just broken: no database, no session."""
    if not is_for_programs(request):
        page = render_to_string("500.html", {"request_id": request_id()})
        return HttpResponse(page, status=HTTPStatus.INTERNAL_SERVER_ERROR)
    message = "Something broke on our side. Nothing of yours is lost; please try again."
    return JsonResponse({"code": "internal_error", "detail": message}, status=500)
