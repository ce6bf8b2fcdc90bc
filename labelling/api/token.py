"""A name and a password for a token."""

from rest_framework.authtoken.views import ObtainAuthToken
from rest_framework.parsers import FormParser, MultiPartParser

from labelling.api.base import WhateverIsAccepted
from labelling.api.parsers import ShallowJSONParser
from labelling.api.throttles import TokenThrottle


class Token(ObtainAuthToken):
    parser_classes = (FormParser, MultiPartParser, ShallowJSONParser)
    throttle_classes = (TokenThrottle,)
    content_negotiation_class = WhateverIsAccepted
