"""Where alerts go: which channels the settings name, and one message to one of them.

Only whoever sets the environment names addresses, so these may be anything that this machine
reaches. What goes wrong is said without them: a Slack address is a secret.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from smtplib import SMTPException
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage

from labelling.models import User
from worker.beside import beside
from worker.models import Delivery
from worker.posting import SECONDS, NotDelivered, post_json
from worker.signing import signed_headers

Channel = Delivery.Channel


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
    secrets = filter(None, [settings.ALERT_WEBHOOK_SECRET])
    headers = signed_headers(message.key, body, secrets)
    return str(post_json(settings.ALERT_WEBHOOK_URL, body, headers))


def _slack(message: Message) -> str:
    text = message.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return str(post_json(settings.ALERT_SLACK_URL, json.dumps({"text": text}).encode(), {}))
