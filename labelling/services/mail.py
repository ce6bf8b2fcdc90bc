"""Sending mail, where a server for it is set up (``AIVH_EMAIL_URL``)."""

import logging
from smtplib import SMTPException
from threading import Thread
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string

log = logging.getLogger(__name__)


def mail(template: str, *, to: str, **context: Any) -> bool:
    """Send the text of a template, whose first line is the subject. False where it did not go."""
    if not settings.SENDS_MAIL:
        return False
    subject, _, body = render_to_string(template, context).partition("\n")
    try:
        send_mail(subject, body.strip() + "\n", None, [to])
    except (OSError, SMTPException) as error:
        log.warning("A mail was not sent: %s", error)
        return False
    return True


def mail_later(template: str, *, to: str, **context: Any) -> Thread:
    """Send it beside the request, which then takes as long as one that sends nothing."""
    thread = Thread(target=mail, args=(template,), kwargs={"to": to, **context}, daemon=True)
    thread.start()
    return thread
