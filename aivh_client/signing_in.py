"""``aivh login``, ``logout`` and ``whoami``."""

import getpass
import platform
import sys
from argparse import Namespace

from aivh_client.account import (
    Account,
    account,
    forget,
    is_open_to_listeners,
    keep,
    kept_in,
    site_address,
)
from aivh_client.answers import body_of
from aivh_client.connection import Connection
from aivh_client.errors import ClientError, NotAllowed, Refused
from aivh_client.pictures import IMAGES

TOKENS = "/api/v1/token/"
LONGEST_NAME = 60  # of a token


def login(asked: Namespace) -> int:
    """Keep an address and a token, either given or made with a name and a password."""
    address = site_address(asked.address)
    if is_open_to_listeners(address):
        sys.stderr.write("Careful: this address is not encrypted. Who listens learns your token.\n")
    new = _with_token(address) if asked.token else _with_password(address, asked)
    _check(new)
    keep(new)
    print(f"Signed in at {_words(new)}. The token is kept in {kept_in()}.")
    return 0


def logout(asked: Namespace) -> int:
    """Forget the token here. On the site it stays good until it is revoked there."""
    if not forget():
        print("You were not signed in.")
        return 0
    print("Signed out. Revoke the token on the site, too, if anybody else could have read it.")
    return 0


def whoami(asked: Namespace) -> int:
    who = account()
    _check(who)
    print(f"Signed in at {_words(who)}.")
    return 0


def _check(who: Account) -> None:
    """Raises NotAllowed where the site does not know the token."""
    Connection(who, patience=0).get(IMAGES, limit="1", fields="id")


def _words(who: Account) -> str:
    return f"{who.address} as {who.name}" if who.name else who.address


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
        return Account(address, str(body_of(site.ask("POST", TOKENS, json=form))["token"]), name)
    except Refused as error:
        raise NotAllowed(error.detail) from error


def _secret(prompt: str) -> str:
    """Typed unseen, or the first line of what is piped in; never from the command line, which
    other people of this machine can read."""
    given = getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline()
    if not given.strip():
        raise ClientError("Nothing was given.")
    return given.strip("\r\n")
