"""Several pictures at a time, and what became of each."""

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, as_completed, wait
from enum import Enum
from hashlib import sha256
from typing import NamedTuple

from aivh_client.connection import Connection
from aivh_client.errors import Refused
from aivh_client.pictures import hand_in, read_picture
from aivh_client.upload.finding import Found
from aivh_client.upload.journal import Journal

AHEAD = 2  # files for each thread that are handed to it before it is free


class Outcome(Enum):
    SENT = "sent"
    KNOWN = "were sent before"
    REFUSED = "refused"


class Sent(NamedTuple):
    """A file and its outcome; ``why`` where it was refused."""

    found: Found
    outcome: Outcome
    why: str = ""


def send_all(
    connection: Connection,
    journal: Journal,
    files: Iterable[Found | None],
    *,
    threads: int,
    tell: Callable[[Sent], None],
) -> None:
    """Hand in what the journal does not know. What is refused does not stop the others.

    A None among ``files`` is a moment to look what has become of those before. Each outcome is
    told by the thread that has it, so that what ends the command hides none.

    Raises ClientError for what concerns them all: no server, no right to upload. Then, and at
    Ctrl-C, the requests under way are answered first, and no other is begun.
    """

    def send(found: Found) -> None:
        tell(_send(connection, journal, found))

    with ThreadPoolExecutor(threads) as pool:
        try:
            _bounded(pool, send, files, most=threads * AHEAD)
        except BaseException:
            connection.pace.stop()
            raise


def _send(connection: Connection, journal: Journal, found: Found) -> Sent:
    if journal.knows(found):
        return Sent(found, Outcome.KNOWN)
    try:
        data = read_picture(found.path)
    except Refused as error:
        return _refused(found, error)
    digest = sha256(data).hexdigest()
    with journal.turn(digest):
        return _send_once(connection, journal, found, data, digest)


def _send_once(
    connection: Connection, journal: Journal, found: Found, data: bytes, digest: str
) -> Sent:
    if journal.has(digest):
        journal.add(found, digest)
        return Sent(found, Outcome.KNOWN)
    name = found.path.name
    try:
        body = hand_in(connection, data=data, name=name, key=journal.key_of(digest, name))
    except Refused as error:
        return _refused(found, error)
    journal.add(found, digest, body["id"])
    return Sent(found, Outcome.SENT)


def _refused(found: Found, error: Refused) -> Sent:
    return Sent(found, Outcome.REFUSED, f"{error.detail} ({error.code})")


def _bounded(
    pool: ThreadPoolExecutor,
    send: Callable[[Found], None],
    files: Iterable[Found | None],
    *,
    most: int,
) -> None:
    """Send all, with never more than ``most`` under way. Raises the first error of any."""
    under_way: set[Future[None]] = set()
    for found in files:
        if found is not None:
            under_way.add(pool.submit(send, found))
        patience = None if len(under_way) >= most else 0
        done, under_way = wait(under_way, patience, return_when=FIRST_COMPLETED)
        for one in done:
            one.result()
    for one in as_completed(under_way):
        one.result()
