"""How errors leave the site.

One status for each code, problem details (RFC 9457) for programs, one page for people.
"""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django.utils.deprecation import MiddlewareMixin
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from aivh.logs.context import request_id
from aivh.problems import PROBLEM_JSON, problem, status_of
from aivh.whole_forms import FormNotWhole
from classifier.errors import AivhError

# The framework's own words for what has a name of ours.
OURS = {
    "permission_denied": "not_allowed",
    "parse_error": "invalid_request",
    "invalid": "invalid_request",
    "error": "internal_error",
}
FOR_PROGRAMS = ("/api", "/predict", "/health", "/metrics")
JSON = ("application/json", PROBLEM_JSON)
UNREADABLE = "This request could not be read to its end."
TOO_MANY_FILES = (
    "A request may have at most 10 files, and 100 at /api/v1/images/bulk/. None of these was "
    "taken; send fewer at a time."
)
UNSAID: dict[int, tuple[str, str]] = {
    HTTPStatus.METHOD_NOT_ALLOWED: ("method_not_allowed", "Method {method} is not allowed here."),
    HTTPStatus.PRECONDITION_FAILED: (
        "precondition_failed",
        "This has changed, or never was as your If-Match or If-Unmodified-Since says.",
    ),
}
WRONG_FIELDS = "Some fields need another value."
TOO_LARGE = "This request is too large: a picture may have at most 20 MB."


def error_response(request: HttpRequest, code: str, message: str) -> HttpResponse:
    """Problem details where programs ask, a page in plain words elsewhere."""
    response = (
        problem_response(code, message)
        if is_for_programs(request)
        else error_page(request, code, message)
    )
    patch_vary_headers(response, ["Accept"])
    return response


def error_page(request: HttpRequest, code: str, message: str) -> HttpResponse:
    status = status_of(code)
    context = {
        "code": code,
        "message": message,
        "status": status,
        "request_id": request_id(),
    }
    return render(request, "aivh/error.html", context, status=status)


def is_for_programs(request: HttpRequest) -> bool:
    """By the address, also where it is misspelt by a slash or a capital, or by what is accepted."""
    if f"/{request.path.lstrip('/').lower()}".startswith(FOR_PROGRAMS):
        return True
    return any(map(request.accepts, JSON)) and not request.accepts("text/html")


def problem_response(code: str, message: str) -> JsonResponse:
    return JsonResponse(problem(code, message), status=status_of(code), content_type=PROBLEM_JSON)


def api_exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's hook: every refusal becomes problem details."""
    ours = expected(exc)
    if ours is not None:
        return as_problem(Response(status=status_of(ours.code)), problem(ours.code, ours.message))
    response = exception_handler(exc, context)
    if response is None:
        return None
    code = exc.get_codes() if isinstance(exc, exceptions.APIException) else "not_found"
    if isinstance(code, str):
        return as_problem(response, problem(OURS.get(code, code), response.data["detail"]))
    return as_problem(response, problem("invalid_request", WRONG_FIELDS, fields=response.data))


def as_problem(response: Response, body: dict[str, Any]) -> Response:
    """The response with its headers, which may say when to come again."""
    response.data, response.content_type = body, PROBLEM_JSON
    return response


def expected(exc: Exception) -> AivhError | None:
    """The error of ours which this is, or which it means; None for a surprise."""
    if isinstance(exc, AivhError):
        return exc
    if isinstance(exc, RequestDataTooBig):
        return AivhError(TOO_LARGE, code="too_large")
    if isinstance(exc, TooManyFilesSent):
        return AivhError(TOO_MANY_FILES, code="invalid_request")
    if isinstance(exc, FormNotWhole):
        return AivhError(str(exc), code="invalid_request")
    if isinstance(exc, SuspiciousOperation | UnreadablePostError):
        return AivhError(UNREADABLE, code="invalid_request")
    return None


class ErrorPages(MiddlewareMixin):
    """Gives an expected error that a view let through its status and its words."""

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        error = expected(exception)
        return error_response(request, error.code, error.message) if error else None

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Put into words what the framework refuses without any."""
        if response.status_code not in UNSAID or response.streaming or response.content:
            return response
        code, words = UNSAID[response.status_code]
        told = error_response(request, code, words.format(method=request.method))
        if "Allow" in response.headers:
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
    return problem_response("internal_error", message)
