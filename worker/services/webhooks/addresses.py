"""Which addresses a webhook may have."""

import ipaddress
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from labelling.errors import InvalidRequest
from worker.posting import Refused
from worker.reach import check_address

LONGEST_URL = 500
NO_HTTPS = (
    "The address must begin with https://. Whoever runs the site opens networks to http with "
    "AIVH_WEBHOOK_NETWORKS."
)


def check_url(url: str) -> None:
    """Raises InvalidRequest. Where the name leads is looked at again with each message."""
    parts = _split(url)
    if not parts or len(url) > LONGEST_URL:
        raise InvalidRequest(
            f"Give a whole address as https://host/path, in at most {LONGEST_URL} characters, "
            "without a name, a password and a fragment."
        )
    if parts.scheme == "http" and not settings.WEBHOOK_NETWORKS:
        raise InvalidRequest(NO_HTTPS)
    try:
        address = ipaddress.ip_address(parts.hostname or "")
    except ValueError:  # a name
        return
    secure = parts.scheme == "https"
    try:
        check_address(
            address,
            secure=secure,
            port=parts.port or (443 if secure else 80),
            networks=settings.WEBHOOK_NETWORKS,
        )
    except Refused as error:
        raise InvalidRequest(str(error)) from None


def _split(url: str) -> SplitResult | None:
    """The parts of a whole address of the web; None for anything else."""
    if not (url.isascii() and url.isprintable()) or " " in url or "\\" in url:
        return None
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # a port that is none
        return None
    return parts if known and "@" not in parts.netloc and not parts.fragment else None
