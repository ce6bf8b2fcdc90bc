"""A form is read to its end and with all of its parts, or refused as a whole.

Django's parser passes over whatever part it cannot read, and takes the end of the bytes for the
end of the form. Who sent it would be told that all is well.
"""

from collections.abc import Mapping
from typing import Any

from django.core.files.uploadhandler import FileUploadHandler
from django.http import QueryDict
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from django.utils.datastructures import MultiValueDict

BROKEN_OFF = "The form breaks off before its end, so nothing of it was taken."
PASSED_OVER = (
    "The form has a part that cannot be read, for its name, its header or the boundary, so "
    "nothing of it was taken."
)
# A control character, which is cleaned from every name: the file then has none.
NAMELESS = "\t"


class FormNotWhole(MultiPartParserError):
    """What was read is not all that was sent."""


class WatchedBody:
    """Hands a body on as it comes, counts the parts that begin in it, and knows its end.

    A delimiter is whatever the parser takes for one, also in the midst of a picture.
    """

    def __init__(self, body: Any, boundary: bytes) -> None:
        self._body = body
        self._delimiter = b"--" + boundary
        self._unwatched = b""
        self.parts = self.ends = 0
        self.breaks_off = True

    def read(self, size: int | None = -1, /) -> bytes:
        data: bytes = self._body.read(size)
        self._watch(self._unwatched + data)
        return data

    def _watch(self, data: bytes) -> None:
        """Count the delimiters; keep what may be the first piece of one."""
        watched = 0
        while (found := data.find(self._delimiter, watched)) >= 0:
            after = found + len(self._delimiter)
            if len(data) < after + 2:  # the two dashes of an end may yet come
                break
            self._count(ends=data[after : after + 2] == b"--")
            watched = after
        else:
            found = max(watched, len(data) - len(self._delimiter) + 1)
        self._unwatched = data[found:]

    def _count(self, *, ends: bool) -> None:
        self.breaks_off = not ends
        self.parts += not ends
        self.ends += ends


class WholeForm(MultiPartParser):
    """Refuses a form that has no end, or of which a part would be passed over."""

    def __init__(self, meta: Mapping[str, Any], body: Any, *about: Any) -> None:
        super().__init__(meta, body, *about)
        self._body: WatchedBody = body

    def parse(self) -> tuple[QueryDict, MultiValueDict[str, Any]]:
        try:
            post, files = super().parse()
        except TypeError as error:  # from Python's reader of headers, of "x*1=a; x*=b" for one
            raise FormNotWhole(PASSED_OVER) from error
        wrong = self._what_is_lost(len(_all(post)) + len(_all(files)))
        if wrong:
            for file in _all(files):
                file.close()
            raise FormNotWhole(wrong)
        return post, files

    def _what_is_lost(self, read: int) -> str | None:
        if self._body.breaks_off:
            return BROKEN_OFF
        return None if (read, self._body.ends) == (self._body.parts, 1) else PASSED_OVER

    def sanitize_file_name(self, file_name: str) -> str:
        """A picture whose name is only dots or a folder is a picture; Django would drop it."""
        return super().sanitize_file_name(file_name) or NAMELESS


def _all(values: MultiValueDict[str, Any]) -> list[Any]:
    return [value for _, several in values.lists() for value in several]


class ReadsWholeForms(FileUploadHandler):
    """Has the form that it receives read as a whole, whoever asks for it: Django or the API."""

    def handle_raw_input(
        self,
        input_data: Any,
        META: Mapping[str, Any],  # noqa: N803  # Django's name for it
        content_length: int,
        boundary: Any,  # bytes; the stubs call it text
        encoding: str | None = None,
    ) -> tuple[QueryDict, MultiValueDict[str, Any]] | None:
        if isinstance(input_data, WatchedBody):  # it is being read so already
            return None
        return WholeForm(META, WatchedBody(input_data, boundary), [self], encoding).parse()
