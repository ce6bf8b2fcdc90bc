"""Errors of libraries quote addresses, headers and signatures. None of that is for a report."""

import re
from collections.abc import Iterator
from urllib.parse import quote, unquote, urlsplit

from django.conf import settings

from aivh import env

HIDDEN = "**"
# Shorter ones are words as `aivh`, which stand in a hundred other places, too.
SHORTEST = 6
PATTERNS = (
    (re.compile(r"(?<=://)[^\s/@:]*:[^\s/]*@"), f"{HIDDEN}@"),  # name:password@host
    (re.compile(r"(?i)(X-Goog-(?:Signature|Credential)|token|key)=[^\s&'\"]+"), rf"\1={HIDDEN}"),
    (re.compile(r"(?i)\b(Bearer|Basic) [\w.~+/=-]{8,}"), rf"\1 {HIDDEN}"),
)


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
    for secret in (
        *passwords,
        settings.SECRET_KEY,
        str(settings.DATABASES["default"].get("PASSWORD") or ""),
        settings.WANDB["api_key"],
        env.OIDC_CLIENT_SECRET,
    ):
        yield from (secret, unquote(secret), quote(secret, safe=""))
