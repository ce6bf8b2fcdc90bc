"""Where alerts go: which channels the settings name, and one message to one of them.

Only whoever sets the environment names addresses, so these may be anything that this machine
reaches. What goes wrong is said without them: a Slack address is a secret.
"""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from http.client import HTTPException
from smtplib import SMTPException
from ssl import SSLError
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from django.conf import settings
from django.core.mail import EmailMessage

from labelling.models import User
from worker.beside import beside
from worker.models import Delivery

Channel = Delivery.Channel

SECONDS = 10.0  # that a server may take, from the first word to the last
ANSWER_BYTES = 200  # of an answer that are read
SECRET_PREFIX = "whsec_"  # noqa: S105 (what secrets begin with that are spelled in base64)


class NotDelivered(Exception):
    """A message did not arrive: why, in words that hold no secret."""


@dataclass(frozen=True)
class Message:
    """What people read, and what programs read. ``key`` is the same each time that it is sent."""

    key: str
    subject: str
    text: str
    payload: dict[str, Any]


def channels() -> list[str]:
    """The channels that have somewhere to go."""
    there = {
        Channel.EMAIL: settings.SENDS_MAIL and bool(recipients()),
        Channel.WEBHOOK: bool(settings.ALERT_WEBHOOK_URL),
        Channel.SLACK: bool(settings.ALERT_SLACK_URL),
    }
    return [channel.value for channel, configured in there.items() if configured]


def recipients() -> list[str]:
    """Who gets the mail: ``AIVH_ALERT_EMAILS``, else every administrator with an address."""
    return settings.ALERT_EMAILS or administrators()


def administrators() -> list[str]:
    """The addresses of the administrators who have one."""
    found = User.objects.with_perm("classifier.change_modelversion")
    having = found.filter(is_active=True, is_staff=True).exclude(email="")
    return sorted(having.values_list("email", flat=True))


def target(channel: str) -> str:
    """Where a channel leads, as far as it may be shown: addresses of people, names of machines."""
    if channel == Channel.EMAIL:
        return ", ".join(recipients())
    url = settings.ALERT_SLACK_URL if channel == Channel.SLACK else settings.ALERT_WEBHOOK_URL
    return urlsplit(url).hostname or ""


def post(channel: str, message: Message, *, seconds: float = SECONDS) -> str:
    """Send a message and say what came back. Raises NotDelivered.

    A server that hangs is left where it hangs after ``seconds``.
    """
    way = _way(channel)
    sending = beside(lambda: way(message))
    try:
        return sending.result(seconds)
    except TimeoutError:
        raise NotDelivered(f"There was no answer within {seconds:g} seconds.") from None


def signature(secret: str, key: str, timestamp: int, body: bytes) -> str:
    """What proves that a message is ours: ``webhook-signature`` of standardwebhooks.com."""
    secret_bytes = secret.encode()
    if secret.startswith(SECRET_PREFIX):
        secret_bytes = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = f"{key}.{timestamp}.".encode() + body
    digest = hmac.new(secret_bytes, signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def _way(channel: str) -> Callable[[Message], str]:
    if channel == Channel.EMAIL:
        return partial(_mail, to=recipients())
    return _slack if channel == Channel.SLACK else _webhook


def _mail(message: Message, to: list[str]) -> str:
    if not to:
        raise NotDelivered("No administrator has an e-mail address.")
    try:
        EmailMessage(message.subject, message.text + "\n", None, to).send()
    except (OSError, SMTPException) as error:
        code = getattr(error, "smtp_code", "")
        said = f" It said {code}." if code else ""
        raise NotDelivered(f"The mail server did not take it.{said}") from None
    return f"The mail server took it for {', '.join(to)}."


def _webhook(message: Message) -> str:
    body = json.dumps(message.payload).encode()
    timestamp = int(time.time())
    headers = {"webhook-id": message.key, "webhook-timestamp": str(timestamp)}
    if secret := settings.ALERT_WEBHOOK_SECRET:
        headers["webhook-signature"] = signature(secret, message.key, timestamp, body)
    return _post_json(settings.ALERT_WEBHOOK_URL, body, headers)


def _slack(message: Message) -> str:
    text = message.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _post_json(settings.ALERT_SLACK_URL, json.dumps({"text": text}).encode(), {})


class _NoRedirects(HTTPRedirectHandler):
    """A message goes where it was sent to, or nowhere."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _post_json(url: str, body: bytes, headers: dict[str, str]) -> str:
    """Redirects are not followed, and of an answer only the beginning is read.

    Not by requests, which reads what comes with a redirect to its end, however much that is.
    """
    told = {"content-type": "application/json", "user-agent": "aivh", **headers}
    request = Request(url, data=body, headers=told)  # noqa: S310 (http or https, by aivh/env.py)
    try:
        with build_opener(_NoRedirects).open(request, timeout=SECONDS) as response:
            return _answer(response.status, response.read(ANSWER_BYTES))
    except HTTPError as error:
        with error:
            raise NotDelivered(_answer(error.code, error.read(ANSWER_BYTES))) from None
    except (OSError, HTTPException, ValueError) as error:
        raise NotDelivered(_why(error)) from None


def _answer(status: int, said: bytes) -> str:
    words = said.decode(errors="replace").strip()
    return f"It answered {status}: {words}" if words else f"It answered {status}."


def _why(error: Exception) -> str:
    """In our words: the library's hold the address."""
    cause = error.reason if isinstance(error, URLError) else error
    if isinstance(cause, SSLError):
        return "Its certificate was not accepted."
    if isinstance(cause, TimeoutError):
        return f"There was no answer within {SECONDS:g} seconds."
    return "It could not be reached."
