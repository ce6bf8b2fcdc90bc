"""Which site, and by which token: kept in a file that only its person can read."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from aivh_client.errors import NotAllowed, WrongUse
from aivh_client.settings import config_folder, given_account

LOOPBACK = ("localhost", "127.0.0.1", "::1")
NOBODY = "You are not signed in. Try: aivh login ADDRESS"


@dataclass(frozen=True)
class Account:
    """The address of a site, without a slash at its end, and a token for it.

    ``made_here`` is true where signing in made the token, for this machine alone.
    """

    address: str
    token: str
    made_here: bool = False


def account() -> Account:
    """What the environment says, else who signed in last. Raises NotAllowed for nobody."""
    address, token = given_account()
    if address and token:
        return Account(site_address(address), token)
    if address or token:
        raise NotAllowed("AIVH_URL and AIVH_TOKEN go together: set both or neither.")
    return kept()


def kept() -> Account:
    """Who signed in last. Raises NotAllowed for nobody."""
    try:
        return Account(**json.loads(kept_in().read_text()))
    except FileNotFoundError:
        raise NotAllowed(NOBODY) from None
    except (ValueError, TypeError):
        raise NotAllowed(f"{kept_in()} cannot be read. Sign in again: aivh login") from None


def keep(account: Account) -> None:
    """Written beside and renamed, and never readable by others, not even for a moment."""
    path = kept_in()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_suffix(f".{os.getpid()}")
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(asdict(account), file)
    beside.replace(path)


def forget() -> None:
    kept_in().unlink(missing_ok=True)


def kept_in() -> Path:
    return config_folder() / "account.json"


def site_address(typed: str) -> str:
    """As people type it: without a scheme it is https, on this machine http. Raises WrongUse."""
    try:
        address = _with_scheme(typed.strip())
        good = _names_a_site(urlsplit(address))
    except ValueError:
        good = False
    if not good:
        raise WrongUse(f"{typed!r} is no address of a site, as https://aivh.example is one.")
    return address.rstrip("/")


def _with_scheme(address: str) -> str:
    if "://" in address:
        return address
    local = urlsplit(f"//{address}").hostname in LOOPBACK
    return f"{'http' if local else 'https'}://{address}"


def _names_a_site(parts: SplitResult) -> bool:
    """Raises ValueError for an open bracket, a host with two dots in a row, a port of 70000."""
    host, port = (parts.hostname or "").encode("idna"), parts.port
    return parts.scheme in ("http", "https") and bool(host) and port != 0 and not parts.query


def is_open_to_listeners(address: str) -> bool:
    """Whether the token travels unencrypted over a network."""
    parts = urlsplit(address)
    return parts.scheme == "http" and parts.hostname not in LOOPBACK
