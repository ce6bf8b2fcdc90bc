"""How often somebody may ask."""

import logging

from rest_framework.request import Request
from rest_framework.throttling import AnonRateThrottle, SimpleRateThrottle, UserRateThrottle
from rest_framework.views import APIView

log = logging.getLogger(__name__)


class CountedWhilePossible(SimpleRateThrottle):
    """While the server that counts is away nobody is counted: answering goes on."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        try:
            return super().allow_request(request, view)
        except Exception as error:  # the cache's client has errors of its own
            log.warning("Requests are not counted: %s", error)
            return True


class PredictThrottle(CountedWhilePossible, UserRateThrottle):
    """By person, or by address where nobody is signed in; the rate stands in the settings."""

    scope = "predict"


class TokenThrottle(CountedWhilePossible, AnonRateThrottle):
    """Slows down whoever guesses passwords, by address."""

    scope = "token"
    rate = "10/min"
