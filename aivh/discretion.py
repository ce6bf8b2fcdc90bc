"""Messages quote addresses, headers and signatures. None of that is for a report or a log."""

import re
from functools import lru_cache
from urllib.parse import quote, unquote, urlsplit

from django.conf import settings

from aivh import env

Texts = tuple[str | None, ...]

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
    for secret in _spellings(_addresses(), _secrets()):
        text = text.replace(secret, HIDDEN)
    for pattern, instead in PATTERNS:
        text = pattern.sub(instead, text)
    return text


def _addresses() -> Texts:
    """What is configured with a password in it."""
    return env.DATABASE_URL, env.REDIS_URL, env.EMAIL_URL


def _secrets() -> Texts:
    """What is secret as a whole."""
    alerts = (env.ALERT_WEBHOOK_SECRET, env.ALERT_WEBHOOK_URL, env.ALERT_SLACK_URL)
    return (*alerts, env.OIDC_CLIENT_SECRET, *_of_settings())


def _of_settings() -> Texts:
    """None of them is known before Django's settings are: the web server's own lines come first."""
    if not settings.configured:
        return ()
    database = settings.DATABASES["default"]
    token = settings.METRICS_TOKEN
    return settings.SECRET_KEY, database.get("PASSWORD"), settings.WANDB["api_key"], token


@lru_cache(maxsize=2)  # before Django's settings are known, and after
def _spellings(addresses: Texts, secrets: Texts) -> tuple[str, ...]:
    """Each secret as it is and as an address spells it, the longest first.

    Kept, since every line of the log asks for them; other settings are another question.
    """
    passwords = (urlsplit(address or "").password for address in addresses)
    found = {word for one in (*passwords, *secrets) if one for word in _spelt(one)}
    return tuple(sorted((word for word in found if len(word) >= SHORTEST), key=len, reverse=True))


def _spelt(secret: str) -> tuple[str, ...]:
    return secret, unquote(secret), quote(secret, safe="")
