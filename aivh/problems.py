"""Problem details (RFC 9457): every code that a program can meet, with its status and its meaning.

``/docs/errors`` shows this table; docs/api.md has it too, and a test compares the two.
"""

from http import HTTPStatus
from typing import Any, NamedTuple

from django.urls import reverse

from aivh.logs.context import request_id

PROBLEM_JSON = "application/problem+json"


class Problem(NamedTuple):
    status: HTTPStatus
    title: str
    meaning: str


PROBLEMS: dict[str, Problem] = {
    "invalid_request": Problem(
        HTTPStatus.BAD_REQUEST,
        "Invalid request",
        "A parameter or the form itself is off; sending it again unchanged cannot help.",
    ),
    "invalid_file_type": Problem(
        HTTPStatus.BAD_REQUEST,
        "Invalid file type",
        "`/predict` only: the part's content type is not an image's.",
    ),
    "not_authenticated": Problem(
        HTTPStatus.UNAUTHORIZED,
        "Not signed in",
        "Send a token, or sign in.",
    ),
    "authentication_failed": Problem(
        HTTPStatus.UNAUTHORIZED,
        "Sign-in failed",
        "The token is not known, or its account is closed.",
    ),
    "not_allowed": Problem(
        HTTPStatus.FORBIDDEN,
        "Not allowed",
        "Your role does not include this, or the CSRF token is missing.",
    ),
    "missing_scope": Problem(
        HTTPStatus.FORBIDDEN,
        "Missing scope",
        "The token was not made for this; the detail names the scope that it needs.",
    ),
    "not_found": Problem(
        HTTPStatus.NOT_FOUND,
        "Not found",
        "There is nothing at this address, or nothing that is yours to see.",
    ),
    "method_not_allowed": Problem(
        HTTPStatus.METHOD_NOT_ALLOWED,
        "Method not allowed",
        "The address takes another method; `Allow` lists them.",
    ),
    "conflict": Problem(
        HTTPStatus.CONFLICT,
        "Conflict",
        "The state of the thing does not allow it (any more).",
    ),
    "too_many_jobs": Problem(
        HTTPStatus.CONFLICT,
        "Too many jobs",
        "You have 20 jobs that wait or run. Wait until one has ended, or cancel one.",
    ),
    "too_many_tokens": Problem(
        HTTPStatus.CONFLICT,
        "Too many tokens",
        "You have 50 tokens that are still good. Revoke some.",
    ),
    "too_many_webhooks": Problem(
        HTTPStatus.CONFLICT,
        "Too many webhooks",
        "You have 20 webhooks. Delete one.",
    ),
    "idempotency_key_reused": Problem(
        HTTPStatus.CONFLICT,
        "Key used for another request",
        "This `Idempotency-Key` came with another request before. Use a new key for a new request.",
    ),
    "still_answering": Problem(
        HTTPStatus.CONFLICT,
        "Still being answered",
        "The first request with this `Idempotency-Key` is still being answered; ask again soon.",
    ),
    "length_required": Problem(
        HTTPStatus.LENGTH_REQUIRED,
        "Length required",
        "The request came in chunks; send it with a `Content-Length`.",
    ),
    "precondition_failed": Problem(
        HTTPStatus.PRECONDITION_FAILED,
        "Precondition failed",
        "What your `If-Match` or `If-Unmodified-Since` says does not hold.",
    ),
    "too_large": Problem(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "Too large",
        "The file or the request has too many bytes.",
    ),
    "address_too_long": Problem(
        HTTPStatus.REQUEST_URI_TOO_LONG,
        "Address too long",
        "The address with its parameters has more than 8,190 characters.",
    ),
    "headers_too_large": Problem(
        HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
        "Headers too large",
        "More than 100 headers, or one of more than 8,190 characters.",
    ),
    "unsupported_type": Problem(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        "Unsupported picture type",
        "The file is not a JPEG, PNG or WebP picture, whatever its name says.",
    ),
    "unsupported_media_type": Problem(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        "Unsupported media type",
        "The request's own content type is not the one that this address takes.",
    ),
    "empty_file": Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "Empty file",
        "The file has no bytes.",
    ),
    "missing_file": Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "Missing file",
        "The form has no file in the field `file`.",
    ),
    "corrupt_picture": Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "Corrupt picture",
        "The picture cannot be read to its end.",
    ),
    "too_many_pixels": Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "Too many pixels",
        "The picture has too many pixels.",
    ),
    "throttled": Problem(
        HTTPStatus.TOO_MANY_REQUESTS,
        "Too many requests",
        "Too many requests; `Retry-After` says for how many seconds to wait.",
    ),
    "internal_error": Problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "Internal error",
        "Our fault. Nothing of yours is lost.",
    ),
    "model_not_loaded": Problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "No model",
        "No version of the detector can answer yet.",
    ),
    "storage_unavailable": Problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "Storage unavailable",
        "The bucket or the Label Studio that a picture lies in does not answer in time; try "
        "again later.",
    ),
    "registry_unavailable": Problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "Registry unavailable",
        "The registry of models does not answer; try again later.",
    ),
}


def status_of(code: str) -> int:
    """The HTTP status of a code; one outside the table is our own fault."""
    known = PROBLEMS.get(code)
    return known.status if known else HTTPStatus.INTERNAL_SERVER_ERROR


def problem(code: str, detail: str, **more: Any) -> dict[str, Any]:
    """The members of RFC 9457, and ours: the stable ``code``, and the request's name in the logs.

    ``type`` is an address at which people read what the code means.
    """
    known = PROBLEMS.get(code)
    return {
        "type": f"{reverse('docs-errors')}#{code}",
        "title": known.title if known else "Error",
        "status": int(status_of(code)),
        "detail": detail,
        "code": code,
        "request_id": request_id(),
        **more,
    }
