"""``aivh upload DIR [--watch]``."""

import math
import sys
from argparse import Namespace
from contextlib import closing

from aivh_client.account import account
from aivh_client.connection import PATIENCE, Connection
from aivh_client.errors import Stopped, WrongUse
from aivh_client.names import sayable
from aivh_client.upload.finding import finished_pictures, pictures_below
from aivh_client.upload.journal import Journal, journal_of
from aivh_client.upload.sending import Outcome, send_all
from aivh_client.upload.telling import Tally


def upload(asked: Namespace) -> int:
    """1 where something was refused, else 0. Interrupted while it watches, that is its end."""
    if not asked.folder.is_dir():
        raise WrongUse(f"{asked.folder} is no folder. For single files: aivh classify FILE")
    who, tally = account(), Tally()
    # Whoever watches is not beside it to start it again: it waits for a server however long.
    connection = Connection(who, patience=math.inf if asked.watch else PATIENCE)
    with closing(
        Journal(asked.journal, who.address) if asked.journal else journal_of(asked.folder, who)
    ) as kept:
        try:
            _follow(asked, connection, kept, tally)
        except (KeyboardInterrupt, Stopped):
            if not asked.watch:
                raise
        finally:
            sys.stderr.write(f"{tally.words()}\n")
    return 1 if tally.counts[Outcome.REFUSED] else 0


def _follow(asked: Namespace, connection: Connection, kept: Journal, tally: Tally) -> None:
    total = None
    if asked.watch:
        sys.stderr.write(f"Watching {sayable(asked.folder)}. Ctrl-C ends it.\n")
        files = finished_pictures(asked.folder, connection.pace, every=asked.every)
    else:
        total = sum(1 for _ in pictures_below(asked.folder))
        files = pictures_below(asked.folder)
    with tally.shown(total) as tell:
        send_all(connection, kept, files, threads=asked.threads, tell=tell)
