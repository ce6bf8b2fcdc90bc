"""What Django's settings gain where an organisation's accounts may sign in."""

from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from aivh import env

if find_spec("allauth") is None:
    raise ImproperlyConfigured(
        "AIVH_OIDC_ISSUER is set, but django-allauth is not installed: "
        "pip install 'django-allauth[socialaccount]'."
    )

PROVIDER = "organisation"  # as it stands in the address of the callback
APPS = [
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
]
MIDDLEWARE = ["allauth.account.middleware.AccountMiddleware"]
# The sign-in form is sent here, and from here on to the organisation.
ORIGIN = "{0.scheme}://{0.netloc}".format(urlsplit(env.OIDC_ISSUER))
ALLAUTH: dict[str, Any] = {
    "ACCOUNT_ADAPTER": "aivh.oidc.adapter.QuietAccounts",
    "ACCOUNT_EMAIL_VERIFICATION": "none",  # the organisation vouches for it, or it is not kept
    "SOCIALACCOUNT_ADAPTER": "aivh.oidc.adapter.OrganisationAccounts",
    "SOCIALACCOUNT_STORE_TOKENS": False,
    "SOCIALACCOUNT_PROVIDERS": {
        "openid_connect": {
            "OAUTH_PKCE_ENABLED": True,
            "APPS": [
                {
                    "provider_id": PROVIDER,
                    "name": env.OIDC_NAME,
                    "client_id": env.OIDC_CLIENT_ID,
                    "secret": env.OIDC_CLIENT_SECRET,
                    "settings": {"server_url": env.OIDC_ISSUER},
                }
            ],
        }
    },
}
