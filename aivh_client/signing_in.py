"""``aivh login``, ``logout`` and ``whoami``."""

import getpass
import platform
import sys
from argparse import Namespace
from typing import Any

from aivh_client.account import (
    Account,
    account,
    forget,
    is_open_to_listeners,
    keep,
    kept,
    kept_in,
    site_address,
)
from aivh_client.answers import body_of
from aivh_client.connection import ME, Connection
from aivh_client.errors import ClientError, NotAllowed, Refused

TOKENS, OWN_TOKENS = "/api/v1/token/", f"{ME}tokens/"
STILL_GOOD = "Revoke the token on the site, too, if anybody else could have read it."
LONGEST_NAME = 60  # of a token


def login(asked: Namespace) -> int:
    """Keep an address and a token, either given or made with a name and a password."""
    address = site_address(asked.address)
    if is_open_to_listeners(address):
        sys.stderr.write("Careful: this address is not encrypted. Who listens learns your token.\n")
    new = _with_token(address) if asked.token else _with_password(address, asked)
    me = _me(new)
    keep(new)
    print(f"Signed in at {address} as {me['username']}. The token is kept in {kept_in()}.")
    return 0


def logout(asked: Namespace) -> int:
    """Forget the token here, and end it on the site where signing in had made it."""
    if not kept_in().exists():
        print("You were not signed in.")
        return 0
    ended = _end_token()
    forget()
    print("Signed out." if ended else f"Signed out here. {STILL_GOOD}")
    return 0


def whoami(asked: Namespace) -> int:
    """Also which roles that is, and what the token is for and until when."""
    who = account()
    me = _me(who)
    print(f"{me['username']} at {who.address} ({', '.join(me['roles']) or 'no role'})")
    if token := me["token"]:
        print(f"token “{token['name']}” for {', '.join(token['scopes'])}")
        print(f"until {token['expires_at']}")
    return 0


def _me(who: Account) -> dict[str, Any]:
    """The person whose token this is. Raises NotAllowed where it is nobody's."""
    me: dict[str, Any] = Connection(who, patience=0).get(ME)
    return me


def _end_token() -> bool:
    """Whether the site has ended the token that is kept here; why not is said."""
    try:
        who = kept()
        if not who.made_here:  # other programs may use it, too
            return False
        token = _me(who)["token"]
        Connection(who, patience=0).ask("DELETE", f"{OWN_TOKENS}{token['id']}/")
    except ClientError as error:
        sys.stderr.write(f"The site could not end the token: {error}\n")
        return False
    return True


def _with_token(address: str) -> Account:
    return Account(address, _secret("Token: ").strip())


def _with_password(address: str, asked: Namespace) -> Account:
    name = asked.name or input("Name: ")
    form = {
        "username": name,
        "password": _secret("Password: "),
        "name": f"aivh on {platform.node()}"[:LONGEST_NAME],
        "scopes": asked.scope or ["read", "upload"],
        "days": asked.days,
    }
    site = Connection(Account(address, ""), patience=0)
    try:
        made = body_of(site.ask("POST", TOKENS, json=form))
    except Refused as error:
        raise NotAllowed(error.detail) from error
    return Account(address, str(made["token"]), made_here=True)


def _secret(prompt: str) -> str:
    """Typed unseen, or the first line of what is piped in; never from the command line, which
    other people of this machine can read."""
    given = getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline()
    if not given.strip():
        raise ClientError("Nothing was given.")
    return given.strip("\r\n")
