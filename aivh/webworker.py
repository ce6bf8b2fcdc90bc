"""gunicorn's worker, which answers by problem details even what never reaches Django."""

import json
import socket
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine, ParseException
from gunicorn.util import write_nonblock
from gunicorn.workers.gthread import ThreadWorker

from aivh.problems import PROBLEM_JSON, problem, status_of

# The first of these that the error is; what is none of them is our own fault.
REFUSALS = (
    (LimitRequestLine, "address_too_long", "The address with its parameters is too long."),
    (LimitRequestHeaders, "headers_too_large", "The request's headers are too many or too long."),
    (ParseException, "invalid_request", "This is not a request that we can read."),
)
OUR_FAULT = ("internal_error", "Something went wrong on our side. Nothing of yours is lost.")


class Worker(ThreadWorker):
    """What ``aivh/webserver.py`` names as ``worker_class``."""

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: Exception) -> None:
        """Answer a request that cannot be read; its words, which may be anybody's, are not told."""
        code, detail = refusal(exc)
        if code == OUR_FAULT[0]:
            self.log.error("A request could not be handed on.", exc_info=exc)
        else:
            self.log.warning("A request could not be read: %s", code)
        with suppress(OSError):  # whoever asked is gone
            write_nonblock(client, answer(code, detail))


def refusal(error: Exception) -> tuple[str, str]:
    """The stable code and the sentence for what gunicorn says of a request."""
    for kind, code, detail in REFUSALS:
        if isinstance(error, kind):
            return code, detail
    return OUR_FAULT


def answer(code: str, detail: str) -> bytes:
    """A whole HTTP response, after which the connection ends."""
    body = json.dumps(problem(code, detail)).encode()
    status = HTTPStatus(status_of(code))
    head = [
        f"HTTP/1.1 {status.value} {status.phrase}",
        "Connection: close",
        f"Content-Type: {PROBLEM_JSON}",
        f"Content-Length: {len(body)}",
        "X-Content-Type-Options: nosniff",
    ]
    return "\r\n".join([*head, "", ""]).encode("ascii") + body
