"""How errors leave the site: one status for each code, one envelope for programs, one page for people."""

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.deprecation import MiddlewareMixin
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from classifier.errors import AivhError

STATUS: dict[str, HTTPStatus] = {
    "empty_file": HTTPStatus.UNPROCESSABLE_ENTITY,
    "missing_file": HTTPStatus.UNPROCESSABLE_ENTITY,
    "corrupt_picture": HTTPStatus.UNPROCESSABLE_ENTITY,
    "too_many_pixels": HTTPStatus.UNPROCESSABLE_ENTITY,
    "too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "unsupported_type": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "invalid_request": HTTPStatus.BAD_REQUEST,
    "not_allowed": HTTPStatus.FORBIDDEN,
    "not_found": HTTPStatus.NOT_FOUND,
    "conflict": HTTPStatus.CONFLICT,
    "model_not_loaded": HTTPStatus.SERVICE_UNAVAILABLE,
    "registry_unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
}


def status_of(error: AivhError) -> int:
    """The HTTP status of an error; a code outside the table is our own fault."""
    return STATUS.get(error.code, HTTPStatus.INTERNAL_SERVER_ERROR)


def api_exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's hook: every refusal becomes ``{"code": …, "detail": …}``."""
    if isinstance(exc, AivhError):
        return Response({"code": exc.code, "detail": exc.message}, status=status_of(exc))
    response = exception_handler(exc, context)
    if response is not None:
        code = exc.get_codes() if isinstance(exc, exceptions.APIException) else "not_found"
        if isinstance(code, str):
            response.data = {"code": code, "detail": response.data["detail"]}
        else:
            response.data = {
                "code": "invalid_request",
                "detail": "Some fields need another value.",
                "fields": response.data,
            }
    return response


class ErrorPages(MiddlewareMixin):
    """Turns an expected error that a page let through into a page in plain words."""

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, AivhError):
            return None
        status = status_of(exception)
        context = {"code": exception.code, "message": exception.message, "status": status}
        return render(request, "aivh/error.html", context, status=status)
