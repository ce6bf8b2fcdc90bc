"""Reading what a server answers when it refuses."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from requests import Response

from aivh_client.errors import ClientError, Failed, NotAllowed, Refused, Unreachable

# Not about the one thing that was sent: whatever comes next would be answered the same.
OF_THE_PERSON = (401, 403)
MADE_UP = "http_{}"  # the code of what no aivh site has answered
NOT_YET = "still_answering"  # another try of ours is at work on it


def refusal(response: Response) -> ClientError:
    """The error that this answer means."""
    code, detail = _problem(response)
    if response.is_redirect:
        there = response.headers.get("Location", "elsewhere")
        return Unreachable(f"The site has moved to {there}. Sign in there: aivh login ADDRESS")
    if response.status_code in OF_THE_PERSON:
        return NotAllowed(f"{detail} ({code})")
    if response.status_code >= 500:
        return Unreachable(f"The server failed: {detail} ({code})")
    if code == MADE_UP.format(404):
        return Unreachable(f"There is no aivh site at {response.url}. Look at the address.")
    return Refused(detail, code=code, status=response.status_code)


def failure(response: Response) -> Failed:
    """What this answer means where the server does all others."""
    code, detail = _problem(response)
    return Failed(f"The server fails at this: {detail}", code=code, status=response.status_code)


def may_be_tried_again(response: Response) -> bool:
    """Whether the same request can do better in a moment, without being done twice."""
    if response.status_code >= 500:
        return True
    return response.status_code == 409 and _problem(response)[0] == NOT_YET


def retry_after(response: Response, *, otherwise: float = 0.0) -> float:
    """Seconds to wait, given as a number or as a date."""
    given = response.headers.get("Retry-After", "")
    if given.isdecimal():
        return float(given)
    try:
        return (parsedate_to_datetime(given) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):
        return otherwise


def body_of(response: Response) -> Any:
    """The JSON. Raises Unreachable where this is none: something else answers there."""
    try:
        return response.json()
    except ValueError:
        raise Unreachable(
            f"What answers at {response.url} is no aivh site. Look at the address."
        ) from None


def _problem(response: Response) -> tuple[str, str]:
    """Code and sentence, also of an answer that a proxy made."""
    try:
        problem = response.json()
        return str(problem["code"]), str(problem["detail"])
    except (ValueError, KeyError, TypeError):
        return MADE_UP.format(response.status_code), response.reason or "no reason given"
