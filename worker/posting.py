"""One JSON object sent to one address by POST, and what came back, in words that hold no secret."""

from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from ssl import SSLError
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import BaseHandler, HTTPRedirectHandler, Request, build_opener

SECONDS = 10.0  # that a server may take, from the first word to the last
ANSWER_BYTES = 200  # of an answer that are read


@dataclass(frozen=True)
class Answer:
    """What a server said: the status, and the beginning of the rest."""

    status: int
    said: str

    def __str__(self) -> str:
        return (
            f"It answered {self.status}: {self.said}"
            if self.said
            else f"It answered {self.status}."
        )


class NotDelivered(Exception):
    """A message did not arrive: why, in words that hold no secret; ``answer`` where one came."""

    def __init__(self, why: str, answer: Answer | None = None) -> None:
        super().__init__(why)
        self.answer = answer


class Refused(OSError):
    """We do not go there; the message says why, and names nothing."""


class _NoRedirects(HTTPRedirectHandler):
    """A message goes where it was sent to, or nowhere."""

    def redirect_request(self, *_: Any) -> None:
        return None


def post_json(url: str, body: bytes, headers: Mapping[str, str], *handlers: BaseHandler) -> Answer:
    """Send ``body`` on its way. Raises NotDelivered, also for an answer that is no success.

    Redirects are not followed, and of an answer only the beginning is read: not by requests, which
    reads what comes with a redirect to its end. ``handlers`` are ways of their own to connect.
    """
    told = {"content-type": "application/json", "user-agent": "aivh", **headers}
    request = Request(url, data=body, headers=told)  # noqa: S310 (whoever calls has looked at it)
    try:
        with build_opener(_NoRedirects, *handlers).open(request, timeout=SECONDS) as response:
            return _answer(response.status, _beginning(response))
    except HTTPError as error:
        with error:
            answer = _answer(error.code, _beginning(error))
        raise NotDelivered(str(answer), answer) from None
    except (OSError, HTTPException, ValueError) as error:
        raise NotDelivered(_why(error)) from None


def _beginning(answer: HTTPResponse | HTTPError) -> bytes:
    """The status is known and counts, also where the rest does not come."""
    try:
        return answer.read(ANSWER_BYTES)
    except (OSError, HTTPException):
        return b""


def _answer(status: int, said: bytes) -> Answer:
    words = said.decode(errors="replace").replace("\0", "")
    return Answer(status, words.strip())


def _why(error: Exception) -> str:
    """In our words: the library's hold the address."""
    cause = error.reason if isinstance(error, URLError) else error
    if isinstance(cause, Refused):
        return str(cause)
    if isinstance(cause, SSLError):
        return "Its certificate was not accepted."
    if isinstance(cause, TimeoutError):
        return f"There was no answer within {SECONDS:g} seconds."
    return "It could not be reached."
