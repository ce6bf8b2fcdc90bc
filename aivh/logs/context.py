"""What is being done in this thread, and for whom: every line that it logs says so by itself.

A room binds what it learns on the way with ``structlog.contextvars.bind_contextvars``.
"""

import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from structlog.contextvars import bind_contextvars, clear_contextvars, get_contextvars
from structlog.typing import EventDict, WrappedLogger

from aivh.logs.fields import SUBJECTS

LONGEST_ID = 64  # characters
SAFE_ID = re.compile(rf"[A-Za-z0-9._-]{{1,{LONGEST_ID}}}")

_request: ContextVar[HttpRequest | None] = ContextVar("request", default=None)


def safe_id(given: str | None) -> str:
    """A request's id: what the client or the proxy calls it where that is harmless, else our own.

    At most 64 letters, digits, dots, underscores and hyphens: it goes into lines and headers.
    """
    return given if given and SAFE_ID.fullmatch(given) else secrets.token_hex(8)


def request_id() -> str:
    """Of the request that caused what is being done; empty where none did."""
    return str(get_contextvars().get("request_id", ""))


@contextmanager
def about(request: HttpRequest, identity: str) -> Iterator[None]:
    """Lines within are about this request, and nothing of an earlier one is left."""
    before = get_contextvars()
    start_afresh({"request_id": identity})
    token = _request.set(request)
    try:
        yield
    finally:
        _request.reset(token)
        start_afresh(before)


def start_afresh(values: Mapping[str, Any]) -> None:
    """Forget what was bound in this thread and bind ``values``."""
    clear_contextvars()
    bind_contextvars(**values)


def add_context(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """A structlog processor: what is bound, and whom and what the request is about by now."""
    return {**of_request(_request.get()), **get_contextvars(), **event}


def subjects_for_others() -> dict[str, str]:
    """What is bound, for another service: without the person."""
    bound = get_contextvars()
    return {name: str(bound[name]) for name in SUBJECTS if name in bound and name != "person_id"}


def of_request(request: HttpRequest | None) -> dict[str, Any]:
    """Its person, where they are known already, and the ids in its address. Asks no database."""
    if request is None:
        return {}
    match = request.resolver_match
    found = {
        name: value
        for name, value in (match.kwargs if match else {}).items()
        if name in SUBJECTS and name != "person_id"
    }
    person = _known_person(request)
    # The address of a person's page names whom it is about; the line says who asked.
    return {**found, "person_id": person} if person is not None else found


def _known_person(request: HttpRequest) -> int | None:
    user = request.__dict__.get("user")
    if isinstance(user, SimpleLazyObject):  # looking into it would ask the database
        user = request.__dict__.get("_cached_user")
    return getattr(user, "pk", None)
