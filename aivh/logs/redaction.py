"""Nothing secret, no bytes and no character that steers a terminal gets into a line."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest
from structlog.typing import EventDict, WrappedLogger

from aivh.discretion import HIDDEN, without_secrets
from aivh.metrics.requests import route_of

LONGEST_VALUE = 2_000  # characters of a text
LONGEST_TRACEBACK = 20_000
BASE64 = re.compile(r"[A-Za-z0-9+/_-]{160,}={0,2}")
SECRET_NAME = re.compile(r"(?i)password|passwd|secret|token|cookie|session|signature|authorization")


def redact(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """A structlog processor: every value in safe words; ``exception`` keeps its lines."""
    record = event.get("_record")
    request = getattr(record, "request", None)
    hide = _hider(request if isinstance(request, HttpRequest) else None)
    return {
        name: value if name.startswith("_") else _safe(name, value, hide)
        for name, value in event.items()
    }


def in_safe_words(text: str) -> str:
    """``text`` without secrets and bytes, in one line, and not endless."""
    return escaped(without_private(text[: 2 * LONGEST_VALUE]))[:LONGEST_VALUE]


def without_private(text: str) -> str:
    """:func:`without_secrets`, and without whatever is long and says nothing to a reader."""
    return BASE64.sub("<bytes>", without_secrets(text))


def escaped(text: str) -> str:
    r"""Line ends as ``\n``, escape sequences as ``\x1b``, text that turns around as ``\u202e``."""
    if text.isprintable():
        return text
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text
    )


def _safe(name: str, value: Any, hide: Callable[[str], str]) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, bytes | bytearray | memoryview):
        return f"<{len(value)} bytes>"
    if SECRET_NAME.search(name):
        return HIDDEN
    text = hide(str(value))
    if name == "exception":
        lines = without_private(text[-LONGEST_TRACEBACK:]).split("\n")
        return "\n".join(map(escaped, lines))
    return in_safe_words(text)


def _hider(request: HttpRequest | None) -> Callable[[str], str]:
    """Django's own lines name the address of a request, which may hold a secret: its route does."""
    if request is None or len(request.path) < 2:
        return lambda text: text
    path, full, route = request.path, request.get_full_path(), route_of(request)
    return lambda text: text.replace(full, route).replace(path, route)


def scrubbed(value: Any) -> Any:
    """A whole message for another service in safe words, however deep."""
    if isinstance(value, Mapping):
        return {
            str(name): HIDDEN if SECRET_NAME.search(str(name)) else scrubbed(part)
            for name, part in value.items()
        }
    if isinstance(value, list | tuple):
        return [scrubbed(part) for part in value]
    if isinstance(value, bytes | bytearray | memoryview):
        return f"<{len(value)} bytes>"
    return in_safe_words(value) if isinstance(value, str) else value
