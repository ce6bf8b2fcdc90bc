"""Who may read the figures: whoever knows the token, or, without one, some networks alone."""

import ipaddress
from hmac import compare_digest

from django.conf import settings
from django.http import HttpRequest

from classifier.errors import AivhError, NotAllowed

BEARER = "Bearer "
WANTED = "Send the token of AIVH_METRICS_TOKEN as Authorization: Bearer …"
FROM_ELSEWHERE = (
    "The figures are only for the networks of AIVH_METRICS_NETWORKS. Ask from there, or set "
    "AIVH_METRICS_TOKEN and send it."
)
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP")


def check_may_read(request: HttpRequest) -> None:
    """Raises AivhError (not_authenticated) where a token is wanted, else NotAllowed."""
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "")
        expected = BEARER + settings.METRICS_TOKEN
        if not compare_digest(given.encode(), expected.encode()):
            raise AivhError(WANTED, code="not_authenticated")
    elif not is_near(request):
        raise NotAllowed(FROM_ELSEWHERE)


def is_near(request: HttpRequest) -> bool:
    """Whether the one who asks is in one of the networks.

    Behind a proxy that is trusted it is whom the proxy names, the last of the list. A request
    that was passed on by one that is not trusted is from nowhere that we know.
    """
    address = request.META.get("REMOTE_ADDR", "")
    if any(name in request.META for name in FORWARDED):
        if not settings.TRUST_PROXY:
            return False
        address = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2]
    try:
        found = ipaddress.ip_address(address.strip())
    except ValueError:
        return False
    found = getattr(found, "ipv4_mapped", None) or found
    return any(found in network for network in settings.METRICS_NETWORKS)
