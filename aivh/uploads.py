"""Uploads are bounded while they arrive, not after."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import MemoryFileUploadHandler

from classifier.detector.decoding import MAX_BYTES


class BoundedUploadHandler(MemoryFileUploadHandler):
    """Keeps a file in memory and refuses it as soon as it is longer than a picture may be.

    One byte more than the limit is let through, so that the service can tell "too large" from a
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
            raise RequestDataTooBig(f"A picture may have at most {MAX_BYTES // 2**20} MB.")
        return super().receive_data_chunk(raw_data, start)
