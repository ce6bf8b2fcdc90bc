"""How often somebody may ask."""

import logging
import time

from django.conf import settings
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.throttling import (
    AnonRateThrottle,
    BaseThrottle,
    SimpleRateThrottle,
    UserRateThrottle,
)
from rest_framework.views import APIView

from labelling.api.access import scope_of
from labelling.counting import count
from labelling.models import ApiToken

log = logging.getLogger(__name__)

MINUTE = 60


class TooOften(Throttled):
    """The framework's refusal in our words; its headers say ``Retry-After``."""

    default_detail = "You ask too often."
    extra_detail_singular = "Ask again in {wait} second."
    extra_detail_plural = "Ask again in {wait} seconds."


class ScopeThrottle(BaseThrottle):
    """So many requests a minute by all tokens of one person, for each scope by itself.

    Counted in one step in Redis, so of many at once none slips through; by person, so neither
    another token nor another address helps. Browsers' sessions are not counted.
    """

    def allow_request(self, request: Request, view: APIView) -> bool:
        scope = scope_of(request, view)
        if scope is None or not isinstance(request.auth, ApiToken):
            return True
        minute, self.second = divmod(int(time.time()), MINUTE)
        asked = count(f"api:{scope}:{request.auth.owner_id}:{minute}", seconds=2 * MINUTE)
        return asked <= settings.API_RATES[scope]

    def wait(self) -> float:
        return MINUTE - self.second


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
