"""A name and a password for a token."""

from rest_framework.authtoken.views import ObtainAuthToken

from labelling.api.base import WhateverIsAccepted
from labelling.api.throttles import TokenThrottle


class Token(ObtainAuthToken):
    throttle_classes = (TokenThrottle,)
    content_negotiation_class = WhateverIsAccepted
