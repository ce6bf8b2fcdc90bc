"""A name and a password for a token."""

from typing import Any

from rest_framework.authtoken.views import ObtainAuthToken
from rest_framework.exceptions import Throttled
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from classifier.errors import AivhError
from labelling.api.base import WhateverIsAccepted
from labelling.api.parsers import ShallowJSONParser
from labelling.api.throttles import TokenThrottle
from labelling.guessing import MINUTE, count_guess, was_right


class Token(ObtainAuthToken):
    """Counts at the same names as the log-in form does: this is no second door."""

    parser_classes = (FormParser, MultiPartParser, ShallowJSONParser)
    throttle_classes = (TokenThrottle,)
    content_negotiation_class = WhateverIsAccepted

    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        sent = request.data if isinstance(request.data, dict) else {}
        name = str(sent.get("username", ""))
        try:
            count_guess(request._request, name)
        except AivhError as error:
            raise Throttled(wait=MINUTE, detail=error.message) from error
        response = super().post(request, *args, **kwargs)
        was_right(request._request, name)
        return response
