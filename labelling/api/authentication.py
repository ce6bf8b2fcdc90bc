"""Who a program is: the bearer of a token."""

import base64
import binascii

from rest_framework.authentication import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed

from labelling.models import ApiToken, User
from labelling.services.tokens import token_of

KEYWORDS = ("bearer", "token")


class BearerAuthentication(TokenAuthentication):
    """``Authorization: Bearer aivh_…``; ``Token …``, as the first release had it, is the same."""

    keyword = "Bearer"

    def authenticate(self, request):  # type: ignore[no-untyped-def]
        scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() not in KEYWORDS:
            return None
        return self.authenticate_credentials(rest.strip())

    def authenticate_credentials(self, key: str) -> tuple[User, ApiToken]:
        token = token_of(key)
        if token is None or not token.owner.is_active:
            raise AuthenticationFailed("This token is not valid, or not any more.")
        return token.owner, token


class BasicTokenAuthentication(BearerAuthentication):
    """A token as the password of HTTP Basic, for programs that know nothing else; any name will do.

    Only where a view says so: a browser would send such a password along by itself.
    """

    def authenticate(self, request):  # type: ignore[no-untyped-def]
        scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        return self.authenticate_credentials(_password_in(rest.strip()))


def _password_in(credentials: str) -> str:
    """Raises AuthenticationFailed."""
    try:
        told = base64.b64decode(credentials, validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise AuthenticationFailed("This is no HTTP Basic authentication.") from error
    return told.partition(":")[2]
