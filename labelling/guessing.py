"""Slowing down whoever guesses passwords: by the address they come from, and by the name they try.

A name is counted whether or not there is such an account. A browser in which its owner has signed
in before carries a mark and is counted by itself, so strangers who guess at a name cannot keep its
owner out of it.
"""

import ipaddress
import unicodedata
from hashlib import sha256
from secrets import token_urlsafe

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from classifier.errors import AivhError
from labelling.counting import count, take_back

GUESSES = 10  # wrong passwords from one address, and at one name, in each minute
MINUTE = 60
TOO_MANY = (
    "Too many wrong passwords came from your address or for this name. "
    "Wait a minute, then try again."
)
RESETS_FROM, RESETS_TO = 10, 3  # links asked for from one address, and to one mailbox, an hour
HOUR = 3600
TOO_MANY_RESETS = "Too many new passwords were asked for from your address. Try again in an hour."
MARK = "signed_in_before"
MARK_SECONDS = 180 * 24 * 3600


def count_guess(request: HttpRequest, name: str) -> None:
    """Count a try to sign in, before the password is looked at: of many at once none slips through.

    Raises AivhError ``throttled`` for one too many. ``was_right`` takes the count back.
    """
    if max(count(key, seconds=MINUTE) for key in _keys(request, name)) > GUESSES:
        raise AivhError(TOO_MANY, code="throttled")


def was_right(request: HttpRequest, name: str) -> None:
    """Right passwords are not counted."""
    for key in _keys(request, name):
        take_back(key)


def count_request_for_reset(request: HttpRequest, mailbox: str) -> bool:
    """Whether one more mail may go to this mailbox; the page says the same where it may not.

    Raises AivhError ``throttled`` where too many were asked for from one address.
    """
    if count(f"resets-from:{address_of(request)}", seconds=HOUR) > RESETS_FROM:
        raise AivhError(TOO_MANY_RESETS, code="throttled")
    return count(f"resets-to:{_digest(mailbox)}", seconds=HOUR) <= RESETS_TO


def mark_browser(response: HttpResponseBase, name: str) -> None:
    """Let the browser be known as one in which ``name`` has signed in."""
    response.set_cookie(
        MARK,
        signing.dumps([_digest(name), token_urlsafe(8)], salt=MARK),
        max_age=MARK_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def address_of(request: HttpRequest) -> str:
    """Where a request comes from; of IPv6 the half that a provider gives to one customer.

    ``X-Forwarded-For`` is believed behind a proxy only (``AIVH_TRUST_PROXY``).
    """
    told = BaseThrottle().get_ident(Request(request)) or ""
    try:
        address = ipaddress.ip_address(told)
    except ValueError:
        return told
    return told if address.version == 4 else str(ipaddress.ip_network((told, 64), strict=False))


def _keys(request: HttpRequest, name: str) -> tuple[str, str]:
    mark = _mark(request, name)
    return f"guesses-from:{address_of(request)}", f"guesses-at:{mark or _digest(name)}"


def _mark(request: HttpRequest, name: str) -> str:
    """What the browser's mark is counted by; empty where it has none for this name."""
    try:
        known, own = signing.loads(request.COOKIES.get(MARK, ""), salt=MARK, max_age=MARK_SECONDS)
    except (signing.BadSignature, ValueError):
        return ""
    return own if known == _digest(name) else ""


def _digest(name: str) -> str:
    """Names that look the same are one; any text is fit for a key."""
    return sha256(unicodedata.normalize("NFKC", name).casefold().encode()).hexdigest()
