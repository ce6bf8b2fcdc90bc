"""A name and a password for a token."""

from typing import Any

from django.contrib.auth import authenticate
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import Throttled
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from classifier.errors import AivhError
from labelling.api.base import WhateverIsAccepted
from labelling.api.fields import StrictSerializer, WholeNumberInForm, read_body
from labelling.api.parsers import ShallowJSONParser
from labelling.api.throttles import TokenThrottle
from labelling.errors import InvalidRequest
from labelling.guessing import MINUTE, count_guess, was_right
from labelling.models import Scope, User
from labelling.services.tokens import MOST_DAYS, make_token

DAYS = 30


class Credentials(StrictSerializer):
    """Who you are, and what the token is for."""

    username = serializers.CharField(max_length=150)
    password = serializers.CharField(trim_whitespace=False, max_length=4096)
    name = serializers.CharField(max_length=60, default="Made with a password")
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=Scope.choices),
        required=False,
        allow_empty=False,
        help_text="all where it is left out",
    )
    days = WholeNumberInForm(min_value=1, max_value=MOST_DAYS, default=DAYS)


class NewToken(serializers.Serializer[Any]):
    """The secret, which is shown this once, and what it is good for."""

    token = serializers.CharField()
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=Scope.choices))
    expires_at = serializers.DateTimeField()


class Token(APIView):
    """Counts at the same names as the log-in form does: this is no second door."""

    authentication_classes = ()
    permission_classes = ()
    parser_classes = (FormParser, MultiPartParser, ShallowJSONParser)
    throttle_classes = (TokenThrottle,)
    content_negotiation_class = WhateverIsAccepted

    @extend_schema(request=Credentials, responses=NewToken, tags=["access"])
    def post(self, request: Request) -> Response:
        """Make a token with your name and password; send it as `Authorization: Bearer …`."""
        asked = read_body(request, Credentials)
        owner = _person(request, asked.pop("username"), asked.pop("password"))
        scopes = asked.pop("scopes", Scope.values)
        token, secret = make_token(owner=owner, scopes=scopes, **asked)
        told = {"token": secret, "scopes": token.scopes, "expires_at": token.expires_at}
        return Response(NewToken(told).data)


def _person(request: Request, name: str, password: str) -> User:
    """Raises Throttled for one guess too many, InvalidRequest for a wrong one."""
    try:
        count_guess(request._request, name)
    except AivhError as error:
        raise Throttled(wait=MINUTE, detail=error.message) from error
    person = authenticate(request._request, username=name, password=password)
    if not isinstance(person, User):
        raise InvalidRequest("There is no account with this name and password.")
    was_right(request._request, name)
    return person
