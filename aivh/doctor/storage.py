"""Where the pictures lie: the media folder, or a bucket."""

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from aivh import env
from aivh.doctor.finding import Doubtful, Wrong, in_short
from labelling.storage import storage_is_local

CONTENT = b"manage.py doctor was here, and should have taken this away."
SECONDS = 10.0
NO_NEED = "The site hands pictures out itself and does without"
SIGN = f"{NO_NEED}; to hand out addresses of the bucket use a service account with a key."


def pictures() -> str:
    """Write, read and delete a file. Raises Wrong at the first step that fails."""
    name = f"doctor-{uuid4().hex}.txt"
    with _step("written to"):
        default_storage.save(name, ContentFile(CONTENT))
    try:
        with _step("read"), default_storage.open(name) as file:
            found = file.read()
    finally:
        with _step("deleted from"):
            default_storage.delete(name)
    if found != CONTENT:
        raise Wrong(f"{place()} gives back other bytes than it was given", advice())
    return f"{place()}: written, read, deleted"


def signed_address() -> str:
    """Sign an address and read from it. Raises Doubtful."""
    with _kept_file() as name:
        try:
            address = default_storage.url(name)
        except AttributeError as error:  # as Google's library says that there is no key
            raise Doubtful("These credentials have no key to sign with", SIGN) from error
        except Exception as error:  # each kind of credentials has errors of its own
            raise Doubtful(f"Nothing can be signed: {in_short(error)}", SIGN) from error
        try:
            found = _fetch(address)
        except OSError as error:
            raise Doubtful(
                f"What was signed is not served: {in_short(error)}",
                f"{NO_NEED}; see that the account which signs may read objects, and the clock.",
            ) from error
    if found != CONTENT:
        raise Doubtful("A signed address leads to something else", f"{NO_NEED}; ask your network.")
    return "signed and read"


def cors() -> str:
    """Whether the site's pages may read from the bucket. Raises Doubtful."""
    origin = settings.SITE_URL or "*"
    storage: Any = default_storage
    try:
        rules = storage.client.get_bucket(storage.bucket_name).cors
    except Exception as error:
        raise Doubtful(
            f"It cannot be told: {in_short(error)}",
            "Let the site's account read the bucket itself (storage.buckets.get).",
        ) from error
    if not any(_admits(rule, origin) for rule in rules):
        wanted = json.dumps([{"origin": [origin], "method": ["GET"]}])
        raise Doubtful(
            f"Pages of {origin} may not read from {place()}"
            if rules
            else f"{place()} has no rules",
            f"{NO_NEED}; to let pages read, put {wanted} into cors.json and run `gcloud storage "
            f"buckets update {place()} --cors-file=cors.json`.",
        )
    return f"pages of {origin} may read"


def place() -> str:
    return str(settings.MEDIA_ROOT) if storage_is_local() else f"gs://{env.GS_BUCKET_NAME}"


def advice() -> str:
    if storage_is_local():
        return (
            "Give the folder to the user who runs the site and look whether the disk is full or "
            "mounted read-only."
        )
    return (
        "Look whether GS_BUCKET_NAME and this machine's credentials are right, and give their "
        "account the role Storage Object User on the bucket."
    )


@contextmanager
def _step(done: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # each storage has errors of its own
        raise Wrong(f"{place()} cannot be {done}: {in_short(error)}", advice()) from error


@contextmanager
def _kept_file() -> Iterator[str]:
    """A file in the bucket as long as the block runs; where there can be none, its line says so."""
    name = f"doctor-{uuid4().hex}.txt"
    try:
        default_storage.save(name, ContentFile(CONTENT))
    except Exception as error:
        raise Doubtful(
            f"It cannot be told: {in_short(error)}", "Mend the storage first; its line says how."
        ) from error
    try:
        yield name
    finally:
        default_storage.delete(name)


def _fetch(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=SECONDS) as answer:  # noqa: S310 - our own bucket's
        return bytes(answer.read(len(CONTENT) + 1))


def _admits(rule: dict[str, Any], origin: str) -> bool:
    origins, methods = rule.get("origin", []), rule.get("method", [])
    return bool({origin, "*"} & set(origins)) and bool({"GET", "*"} & set(methods))
