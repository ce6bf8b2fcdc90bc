"""Signed messages, as standardwebhooks.com has them: its libraries check what we send."""

import base64
import hashlib
import hmac
import time
from collections.abc import Iterable

SECRET_PREFIX = "whsec_"  # noqa: S105 (what secrets begin with that are spelled in base64)


def signed_headers(key: str, body: bytes, secrets: Iterable[str]) -> dict[str, str]:
    """The headers that go with ``body``. ``key`` is the same each time that a message is sent.

    With several secrets any of them will do for whoever checks; without one nothing is signed.
    """
    timestamp = int(time.time())
    headers = {"webhook-id": key, "webhook-timestamp": str(timestamp)}
    signatures = [signature(secret, key, timestamp, body) for secret in secrets]
    return headers | ({"webhook-signature": " ".join(signatures)} if signatures else {})


def signature(secret: str, key: str, timestamp: int, body: bytes) -> str:
    """What proves that a message is ours: one of ``webhook-signature``."""
    secret_bytes = secret.encode()
    if secret.startswith(SECRET_PREFIX):
        secret_bytes = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = f"{key}.{timestamp}.".encode() + body
    digest = hmac.new(secret_bytes, signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"
