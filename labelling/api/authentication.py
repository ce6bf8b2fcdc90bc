"""Who a program is: the bearer of a token."""

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
