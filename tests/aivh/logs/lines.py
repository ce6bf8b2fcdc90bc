"""What is logged, as it would stand on the output."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aivh.logs.format import formatter


class Lines:
    def __init__(self, stream: io.StringIO) -> None:
        self._stream = stream

    @property
    def text(self) -> str:
        return self._stream.getvalue()

    @property
    def objects(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    def of(self, logger: str) -> list[dict[str, Any]]:
        return [told for told in self.objects if told["logger"] == logger]


@contextmanager
def written(form: str = "json", level: int = logging.INFO) -> Iterator[Lines]:
    """All that the root logger gets within, in this format, and nobody else: pytest keeps what it
    hears, and its workers cannot hand on what is no Unicode.
    """
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter(form))
    root = logging.getLogger()
    before, others = root.level, root.handlers
    root.handlers = [handler]
    root.setLevel(level)
    try:
        yield Lines(stream)
    finally:
        root.handlers = others
        root.setLevel(before)
