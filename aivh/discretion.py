"""Messages quote addresses, headers and signatures. None of that is for a report or a log."""

import re
from collections.abc import Iterator
from urllib.parse import quote, unquote, urlsplit

from django.conf import settings

from aivh import env

HIDDEN = "**"
# Shorter ones are words as `aivh`, which stand in a hundred other places, too.
SHORTEST = 6
GUARDED = (
    r"(?:password|passwd|secret|token|signature|credential|api_?key|session_?(?:id|key)|cookie)"
)
PATTERNS = (
    (re.compile(r"(?<=://)[^\s/@:]*:[^\s/]*@"), f"{HIDDEN}@"),  # name:password@host
    (re.compile(r"(?i)\b(Bearer|Basic|Token) [\w.~+/=-]{8,}"), rf"\1 {HIDDEN}"),
    # Of an address, a form, a cookie, a dictionary or JSON.
    (re.compile(rf"(?i)({GUARDED}\w*['\"]?\s?[=:]\s?)(?!\*\*)(b?'[^']*'|\"[^\"]*\"|[^\s&'\",;}}]+)"),
     rf"\1{HIDDEN}"),
    (re.compile(r"(?i)\b(key|sig|code|state)=[^\s&'\"]+"), rf"\1={HIDDEN}"),
    # The links that open a door by themselves: shared results, invitations, new passwords.
    (re.compile(r"/(r|invitations|reset)/[\w-]{2,}(?:/[\w-]{8,})?"), rf"/\1/{HIDDEN}"),
    (re.compile(r"\b[0-9a-f]{40}\b"), HIDDEN),  # a program's token
    (re.compile(r"\b(?:b|bytearray\(b)'(?:[^'\\]|\\.){16,}'\)?"), "<bytes>"),
    (re.compile(r"\bb\"(?:[^\"\\]|\\.){16,}\""), "<bytes>"),
    (re.compile(r"\bdata:[\w/+.-]+;base64,[\w+/=]+"), "<bytes>"),
)  # fmt: skip


def without_secrets(text: str) -> str:
    """``text`` without what the site keeps secret, whoever wrote it into it."""
    for secret in sorted(set(_secrets()), key=len, reverse=True):
        if len(secret) >= SHORTEST:
            text = text.replace(secret, HIDDEN)
    for pattern, instead in PATTERNS:
        text = pattern.sub(instead, text)
    return text


def _secrets() -> Iterator[str]:
    """Every secret of the configuration, as it is and as an address spells it."""
    addresses = (env.DATABASE_URL, env.REDIS_URL, env.EMAIL_URL)
    passwords = [urlsplit(address).password or "" for address in addresses]
    alerts = (env.ALERT_WEBHOOK_SECRET, env.ALERT_WEBHOOK_URL, env.ALERT_SLACK_URL)
    for secret in (*passwords, *alerts, env.OIDC_CLIENT_SECRET, *_of_settings()):
        yield from (secret, unquote(secret), quote(secret, safe=""))


def _of_settings() -> Iterator[str]:
    """None of them is known before Django's settings are: the web server's own lines come first."""
    if settings.configured:
        yield settings.SECRET_KEY
        yield str(settings.DATABASES["default"].get("PASSWORD") or "")
        yield settings.WANDB["api_key"]
