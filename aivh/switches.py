"""How a switch of the environment is read: each kind has its spelling, and no other is guessed.

All readers raise ImproperlyConfigured, with the switch's name, for what they cannot read.
"""

import ipaddress
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.FileAwareEnv()

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

TRUE, FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off")


def switch(name: str, *, default: bool) -> bool:
    """A yes or a no. A typing error is neither."""
    text = env.str(name, default="").strip().lower()
    if not text:
        return default
    if text not in TRUE + FALSE:
        raise ImproperlyConfigured(f"{name} must be true or false, not {text!r}.")
    return text in TRUE


def count(name: str, *, default: int, least: int = 1) -> int:
    """A whole number, ``least`` or more."""
    text = env.str(name, default="").strip() or str(default)
    if not text.isdecimal() or int(text) < least:
        raise ImproperlyConfigured(
            f"{name} must be a whole number of {least} or more, not {text!r}."
        )
    return int(text)


def fraction(name: str, *, default: float) -> float:
    """A share of the whole, from 0 to 1."""
    text = env.str(name, default="").strip() or str(default)
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0.0 <= share <= 1.0:
        raise ImproperlyConfigured(f"{name} must be a number from 0 to 1, not {text!r}.")
    return share


def places(name: str) -> list[str]:
    """Places in buckets, with commas between them; none by default."""
    places: list[str] = [place.strip() for place in env.list(name, default=[])]
    for place in places:
        if not (place.startswith("gs://") and urlsplit(place).netloc):
            raise ImproperlyConfigured(f"{name} must hold places as gs://bucket/, not {place!r}.")
    return places


def networks(name: str, *, default: str = "") -> list[Network]:
    """Networks or single addresses, with commas between them, as in ``10.0.0.0/8, ::1``."""
    networks: list[Network] = []
    given = env.str(name, default="").strip() or default
    for text in given.split(",") if given else ():
        try:
            networks.append(ipaddress.ip_network(text.strip()))
        except ValueError as error:
            raise ImproperlyConfigured(
                f"{name} must hold networks as 10.0.0.0/8, not {text.strip()!r}."
            ) from error
    return networks


def pairs(name: str) -> dict[str, str]:
    """Words and what they stand for, as in ``desk=Reviewers, lab=Adjudicators``."""
    pairs: dict[str, str] = {}
    for text in env.list(name, default=[]):
        word, _, meaning = (part.strip() for part in text.partition("="))
        if not (word and meaning):
            raise ImproperlyConfigured(f"{name} must hold pairs as word=Role, not {text!r}.")
        pairs[word] = meaning
    return pairs


def addresses(name: str) -> list[str]:
    """E-mail addresses with commas between them; none by default."""
    addresses: list[str] = [address.strip() for address in env.list(name, default=[])]
    for address in addresses:
        if "@" not in address.strip("@") or " " in address:
            raise ImproperlyConfigured(f"{name} must hold addresses as a@mail.example.")
    return addresses


def web_address(name: str) -> str:
    """A whole address of the web. It may hold a secret, so the error does not repeat it."""
    text: str = env.str(name, default="").strip()
    if text and not (text.startswith(("https://", "http://")) and urlsplit(text).hostname):
        raise ImproperlyConfigured(f"{name} must be a whole address as https://host/path.")
    return text


def folders(name: str) -> list[Path]:
    """Folders of this machine, from its root, with commas between them; none by default."""
    folders = [Path(folder.strip()) for folder in env.list(name, default=[])]
    for folder in folders:
        if not folder.is_absolute():
            raise ImproperlyConfigured(f"{name} must hold whole paths as /srv/in, not {folder}.")
    return folders


def choice(name: str, choices: tuple[str, ...], *, default: str) -> str:
    """One word of a few, in capitals."""
    text = env.str(name, default="").strip().upper() or default
    if text not in choices:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(choices)}, not {text!r}.")
    return text


def time_zone(name: str, *, default: str) -> str:
    """A zone of the time zone database, such as ``Europe/Berlin``."""
    text = env.str(name, default="").strip() or default
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ImproperlyConfigured(f"{name} must be as in Europe/Berlin, not {text!r}.") from error
    return text
