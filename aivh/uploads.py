"""Bodies are bounded before and while they arrive, not after."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.core.files.uploadhandler import (
    FileUploadHandler,
    MemoryFileUploadHandler,
    TemporaryFileUploadHandler,
)
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from aivh.errors import TOO_LARGE, error_response
from aivh.whole_forms import ReadsWholeForms
from classifier.detector.decoding import MAX_BYTES
from labelling.permissions import may_administer

LENGTH_REQUIRED = "Send the request with a Content-Length, not in chunks of unknown number."
MULTIPART = "multipart/form-data"
# What the page's plain form may carry: several pictures, all of them in memory at once.
MOST_TOGETHER = 60 * 1024 * 1024
TOO_MUCH_TOGETHER = (
    "These pictures are too large to be handed in together: a request may have at most 60 MB. "
    "None of them was taken; hand in fewer at a time."
)
MOST_FILES = 10  # in one request; at the API's address for many as many as the settings say
# What programs hand in at once; on the disk, so that a few of them cannot fill the memory.
MOST_IN_BULK = 200 * 1024 * 1024
TOO_MUCH_IN_BULK = (
    "These pictures are too large to be sent together: a request may have at most 200 MB. "
    "None of them was taken; send fewer at a time."
)


@dataclass(frozen=True)
class Room:
    """How long a multipart body may be, what is said of a longer one, and who receives it."""

    longest: int
    words: str
    handler: type[FileUploadHandler] | None = None


class BoundedBodies:
    """Refuses a body by the length that it announces, before any of it is read.

    A multipart body may hold one of the largest pictures and the fields around it; where somebody
    who is signed in hands in several by the plain form ``MOST_TOGETHER``, at the API's address for
    many ``MOST_IN_BULK``, and an administrator's zip to import ``IMPORT_ZIP_BYTES``. Every other
    kind of body holds fields only. Django does not read a body without a length, so that is said,
    too.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        room = _room_for(request)
        if _announced_length(request) > _longest_body(request, room):
            return error_response(request, "too_large", room.words)
        if "chunked" in request.headers.get("Transfer-Encoding", "").lower():
            return error_response(request, "length_required", LENGTH_REQUIRED)
        # All text is read as UTF-8: some of the charsets that Python knows raise errors that
        # nobody expects when a body is read by them.
        request.encoding = settings.DEFAULT_CHARSET
        if room.handler is None:
            return self.get_response(request)
        handler = room.handler(request)
        request.upload_handlers = [handler]
        try:
            return self.get_response(request)
        finally:
            _leave_no_file(handler)


def _leave_no_file(handler: FileUploadHandler) -> None:
    """Take away what a form that was refused half-way has left on the disk."""
    if isinstance(handler, TemporaryFileUploadHandler) and hasattr(handler, "file"):
        handler.file.close()


class FewFiles(ReadsWholeForms):
    """Refuses a request that has more files than one may have."""

    most_files = MOST_FILES
    begun = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        self.begun += 1
        if self.begun > self.most_files:
            raise TooManyFilesSent
        super().new_file(*args, **kwargs)


class BoundedUploadHandler(FewFiles, MemoryFileUploadHandler):
    """Keeps a file in memory and refuses it as soon as it is longer than a picture may be.

    One chunk more than the limit is let through, so that the service can tell "too large" from a
    picture of exactly the limit, and says so with its own code.
    """

    activated = True  # in memory, however long the form is

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        self.received = 0
        super().new_file(*args, **kwargs)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        self.received += len(raw_data)
        if self.received > MAX_BYTES + self.chunk_size:
            raise RequestDataTooBig(TOO_LARGE)
        return super().receive_data_chunk(raw_data, start)


class SeveralFilesHandler(FewFiles, MemoryFileUploadHandler):
    """Keeps several files in memory, and of one that is too long no more than tells so.

    So that one of them is refused by its name and the others are taken. Refuses the request as
    soon as they are too much together.
    """

    activated = True
    together = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        self.together += len(raw_data)
        if self.together > MOST_TOGETHER:
            raise RequestDataTooBig(TOO_MUCH_TOGETHER)
        return None if start > MAX_BYTES else super().receive_data_chunk(raw_data, start)


class BulkHandler(FewFiles, TemporaryFileUploadHandler):
    """Writes many files to the disk as they come; of one that is too long only that it is so.

    Refuses the request as soon as they are too much together.
    """

    most_files = settings.DATA_UPLOAD_MAX_NUMBER_FILES
    together = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.together += len(raw_data)
        if self.together > MOST_IN_BULK:
            raise RequestDataTooBig(TOO_MUCH_IN_BULK)
        if start <= MAX_BYTES:
            super().receive_data_chunk(raw_data, start)


class ZipHandler(FewFiles, TemporaryFileUploadHandler):
    """Writes a zip to the disk as it comes, and no more of it than one may have."""

    received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.received += len(raw_data)
        if self.received > settings.IMPORT_ZIP_BYTES:
            raise RequestDataTooBig(zip_too_large())
        super().receive_data_chunk(raw_data, start)


def _announced_length(request: HttpRequest) -> int:
    announced = request.META.get("CONTENT_LENGTH") or "0"
    return int(announced) if announced.isdecimal() else 0


def _longest_body(request: HttpRequest, room: Room) -> int:
    fields = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    return fields + room.longest if request.content_type == MULTIPART else fields


def _room_for(request: HttpRequest) -> Room:
    """The room that this person has at this address; strangers get that of one picture."""
    if request.path == reverse("hand-in") and request.user.is_authenticated:
        return Room(MOST_TOGETHER, TOO_MUCH_TOGETHER, SeveralFilesHandler)
    if request.path == reverse("api-images-bulk"):  # read only once it is known who sends it
        return Room(MOST_IN_BULK, TOO_MUCH_IN_BULK, BulkHandler)
    if _imports(request):
        return Room(settings.IMPORT_ZIP_BYTES, zip_too_large(), ZipHandler)
    return Room(MAX_BYTES, TOO_LARGE)


def _imports(request: HttpRequest) -> bool:
    """Whoever brings a token is known to the API alone, which reads nothing of others' bodies."""
    if request.path == reverse("api-imports") and not request.user.is_authenticated:
        return True
    at_one = request.path in (reverse("imports"), reverse("api-imports"))
    return at_one and may_administer(request.user)


def zip_too_large() -> str:
    return (
        f"A zip to import may have at most {settings.IMPORT_ZIP_BYTES // 2**20} MB "
        "(AIVH_IMPORT_ZIP_MB). Nothing was taken; hand it in in parts, or import a folder."
    )
