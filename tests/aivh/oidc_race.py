"""A program of its own, run by ``test_oidc_races.py``: one person first comes twice at once.

``python -m tests.aivh.oidc_race`` runs the race on the database that the environment
names, which is migrated, and prints how each sign-in ended and what it left behind as JSON.
"""

import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

from tests.servers.oidc import Provider, running_provider

SIGN_INS = 2
SAM = {"sub": "a1", "preferred_username": "sam", "email": "sam@desk.example"}


def come(provider: Provider) -> tuple[int, str]:
    """Press the button and come back: the status, and whose page it is then."""
    import requests
    from django.db import connection
    from django.test import Client

    browser = Client(raise_request_exception=False)
    browser.defaults["SERVER_NAME"] = "localhost"
    try:
        there = browser.post("/accounts/organisation/login/")
        back = requests.get(there.headers["Location"], allow_redirects=False, timeout=30)
        parts = urlsplit(back.headers["Location"])
        came = browser.get(f"{parts.path}?{parts.query}")
        return came.status_code, browser.session.get("_auth_user_id", "")
    finally:
        connection.close()


def sign_in_at_once(provider: Provider) -> list[tuple[int, str]]:
    """All have found that the person has no account yet before any of them makes one."""
    from allauth.socialaccount.models import SocialLogin

    looked, honest, first = threading.Barrier(SIGN_INS), SocialLogin.lookup, threading.local()

    def look(login: SocialLogin) -> None:
        honest(login)
        if not hasattr(first, "over"):
            first.over = True
            looked.wait(timeout=60)

    with patch.object(SocialLogin, "lookup", look), ThreadPoolExecutor(SIGN_INS) as pool:
        return list(pool.map(come, [provider] * SIGN_INS))


def left_behind() -> dict[str, Any]:
    from allauth.socialaccount.models import SocialAccount

    from labelling.models import AuditEntry, User

    return {
        "people": list(User.objects.values_list("pk", "username", "email")),
        "accounts": list(SocialAccount.objects.values_list("user_id", "uid")),
        "roles": list(User.objects.values_list("groups__name", flat=True)),
        "entries": list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)),
    }


def main() -> dict[str, Any]:
    with running_provider() as provider:
        provider.person = SAM | {"email_verified": True}
        os.environ.update(provider.environment)
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)  # the tables that only such a site has
        return {"came": sign_in_at_once(provider), **left_behind()}


if __name__ == "__main__":
    print(json.dumps(main()))
