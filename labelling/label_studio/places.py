"""Where a task says that its picture is. Only four kinds of places are ever read."""

import base64
import binascii
import re
from dataclasses import dataclass
from enum import Enum
from urllib.parse import unquote, urlsplit
from uuid import UUID

DATA = re.compile(r"data:image/[\w.+-]{1,40};base64,", re.ASCII)
OURS = re.compile(r"/(?:api/v1/)?images/([0-9a-fA-F-]{36})(?:/.*)?")
NOT_READ = (
    "This picture lies where aivh does not read: it takes data: addresses, pictures of this site, "
    "gs:// below AIVH_IMPORT_PREFIXES, and those of the Label Studio that AIVH_LABEL_STUDIO_URL "
    "names."
)


class Kind(Enum):
    OURS = "a picture of this site"
    DATA = "the picture itself"
    BUCKET = "a picture of a bucket"
    LABEL_STUDIO = "a picture that Label Studio serves"


class NoSuchPlace(ValueError):
    """The picture lies nowhere that is read."""


@dataclass(frozen=True)
class Place:
    """``address`` is for a bucket the address, for Label Studio the path and query on its host."""

    kind: Kind
    address: str = ""
    image_id: UUID | None = None
    data: bytes = b""


def place_of(address: object, *, sites: frozenset[str], label_studio: str) -> Place:
    """Which of them ``address`` is. ``sites`` are the hosts of this site, with their ports, and
    ``label_studio`` is the address of the one that may be asked, or empty. Raises NoSuchPlace."""
    if not isinstance(address, str) or not address.isprintable() or "\\" in address:
        raise NoSuchPlace(NOT_READ)
    if begun := DATA.match(address):
        return Place(Kind.DATA, data=_decoded(address[begun.end() :]))
    try:
        parts = urlsplit(address)
        port_is_right = parts.port is None or parts.port >= 0
    except ValueError as error:
        raise NoSuchPlace(NOT_READ) from error
    if parts.scheme == "gs":
        return Place(Kind.BUCKET, address)
    if not port_is_right or (parts.scheme and parts.scheme not in ("http", "https")):
        raise NoSuchPlace(NOT_READ)
    if ours := _ours(parts.netloc, parts.path, sites):
        return Place(Kind.OURS, image_id=ours)
    if label_studio and _is_on(label_studio, parts.scheme, parts.netloc, parts.path):
        query = f"?{parts.query}" if parts.query else ""
        return Place(Kind.LABEL_STUDIO, parts.path + query)
    raise NoSuchPlace(NOT_READ)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(unquote(text), validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoSuchPlace("This data: address is no base64.") from error


def _ours(host: str, path: str, sites: frozenset[str]) -> UUID | None:
    """The picture's id, where the address is one of ours; an address without a host may be."""
    found = OURS.fullmatch(path) if not host or host in sites else None
    try:
        return UUID(found.group(1)) if found else None
    except ValueError:
        return None


def _is_on(label_studio: str, scheme: str, host: str, path: str) -> bool:
    """Its own host and scheme to the letter, or a path alone, which Label Studio gives for what
    was uploaded to it."""
    allowed = urlsplit(label_studio)
    if not path.startswith("/") or {".", ".."} & set(unquote(path).split("/")):
        return False
    if not host:
        return not scheme
    return (scheme, host) == (allowed.scheme, allowed.netloc)
