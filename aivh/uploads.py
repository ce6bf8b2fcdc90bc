"""Bodies are bounded before and while they arrive, not after."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from aivh.errors import TOO_LARGE, error_response
from classifier.detector.decoding import MAX_BYTES

LENGTH_REQUIRED = "Send the request with a Content-Length, not in chunks of unknown number."
MULTIPART = "multipart/form-data"
# What the page's plain form may carry: several pictures, all of them in memory at once.
MOST_TOGETHER = 60 * 1024 * 1024
TOO_MUCH_TOGETHER = (
    "These pictures are too large to be handed in together: a request may have at most 60 MB. "
    "None of them was taken; hand in fewer at a time."
)


class BoundedBodies:
    """Refuses a body by the length that it announces, before any of it is read.

    A multipart body may hold one of the largest pictures and the fields around it, and where
    somebody who is signed in hands in several by the plain form, ``MOST_TOGETHER``; every other
    kind holds fields only. Django does not read a body without a length, so that is said, too.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        several = _takes_several(request)
        if _announced_length(request) > _longest_body(request, several=several):
            words = TOO_MUCH_TOGETHER if several else TOO_LARGE
            return error_response(request, "too_large", words)
        if "chunked" in request.headers.get("Transfer-Encoding", "").lower():
            return error_response(request, "length_required", LENGTH_REQUIRED)
        # All text is read as UTF-8: some of the charsets that Python knows raise errors that
        # nobody expects when a body is read by them.
        request.encoding = settings.DEFAULT_CHARSET
        if several:
            request.upload_handlers = [SeveralFilesHandler(request)]
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


class SeveralFilesHandler(MemoryFileUploadHandler):
    """Keeps several files in memory, and of one that is too long no more than tells so.

    So that one of them is refused by its name and the others are taken. Refuses the request as
    soon as they are too much together.
    """

    together = 0

    def handle_raw_input(self, *args: Any, **kwargs: Any) -> None:
        self.activated = True

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        self.together += len(raw_data)
        if self.together > MOST_TOGETHER:
            raise RequestDataTooBig(TOO_MUCH_TOGETHER)
        return None if start > MAX_BYTES else super().receive_data_chunk(raw_data, start)


def _announced_length(request: HttpRequest) -> int:
    announced = request.META.get("CONTENT_LENGTH") or "0"
    return int(announced) if announced.isdecimal() else 0


def _longest_body(request: HttpRequest, *, several: bool) -> int:
    fields = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if request.content_type != MULTIPART:
        return fields
    return fields + (MOST_TOGETHER if several else MAX_BYTES)


def _takes_several(request: HttpRequest) -> bool:
    """Whether this is the plain form of somebody who is signed in; strangers get no such room."""
    return request.path == reverse("hand-in") and request.user.is_authenticated
