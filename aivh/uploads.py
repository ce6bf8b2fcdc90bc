"""Bodies are bounded before and while they arrive, not after."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import HttpRequest, HttpResponse

from aivh.errors import TOO_LARGE, error_response
from classifier.detector.decoding import MAX_BYTES

LENGTH_REQUIRED = "Send the request with a Content-Length, not in chunks of unknown number."
MULTIPART = "multipart/form-data"


class BoundedBodies:
    """Refuses a body by the length that it announces, before any of it is read.

    A multipart body may hold one of the largest pictures and the fields around it; every other
    kind holds fields only. Django does not read a body without a length, so that is said, too.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if _announced_length(request) > _longest_body(request):
            return error_response(request, "too_large", TOO_LARGE)
        if "chunked" in request.headers.get("Transfer-Encoding", "").lower():
            return error_response(request, "length_required", LENGTH_REQUIRED)
        # All text is read as UTF-8: some of the charsets that Python knows raise errors that
        # nobody expects when a body is read by them.
        request.encoding = settings.DEFAULT_CHARSET
        return self.get_response(request)


class BoundedUploadHandler(MemoryFileUploadHandler):
    """Keeps a file in memory and refuses it as soon as it is longer than a picture may be.

    One chunk more than the limit is let through, so that the service can tell "too large" from a
    picture of exactly the limit, and says so with its own code.
    """

    def handle_raw_input(self, *args: Any, **kwargs: Any) -> None:
        self.activated = True

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        self.received = 0
        super().new_file(*args, **kwargs)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        self.received += len(raw_data)
        if self.received > MAX_BYTES + self.chunk_size:
            raise RequestDataTooBig(TOO_LARGE)
        return super().receive_data_chunk(raw_data, start)


def _announced_length(request: HttpRequest) -> int:
    announced = request.META.get("CONTENT_LENGTH") or "0"
    return int(announced) if announced.isdecimal() else 0


def _longest_body(request: HttpRequest) -> int:
    fields = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    return fields + MAX_BYTES if request.content_type == MULTIPART else fields
