"""This machine: room on its disks, and its clock beside those of the servers."""

import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import connection

from aivh.doctor import database, server
from aivh.doctor.finding import Doubtful, Wrong

GIGABYTE = 1_000_000_000
# A bundle has 45 MB, a picture up to 20; a snapshot with its cache takes gigabytes.
TIGHT, FULL = 2 * GIGABYTE, GIGABYTE // 5
# Signs of life are compared between machines: after 30 seconds without one a worker is missed.
NOTABLE, HARMFUL = 2.0, 15.0
SYNCHRONISE = "Let all machines keep time by NTP, with chrony or systemd-timesyncd."


def disk() -> str:
    """Free bytes where the site keeps its data and where uploads pass. Raises Wrong, Doubtful."""
    folders = (Path(settings.DATA_DIR), Path(tempfile.gettempdir()))
    free = {str(folder): shutil.disk_usage(folder).free for folder in folders}
    words = ", ".join(f"{room / GIGABYTE:.1f} GB free in {folder}" for folder, room in free.items())
    todo = "Delete what is not needed there, or give it a larger disk."
    if min(free.values()) < FULL:
        raise Wrong(f"{words}: soon nothing can be stored", todo)
    if min(free.values()) < TIGHT:
        raise Doubtful(words, todo)
    return words


def clock() -> str:
    """How far the servers' clocks are from ours, in seconds. Raises Wrong, Doubtful."""
    skews = {"Redis or Valkey": skew(_server_time)}
    if connection.vendor == "postgresql":
        skews["Postgres"] = skew(_database_time)
    words = ", ".join(f"{_told(seconds)} {name}" for name, seconds in skews.items())
    worst = max(map(abs, skews.values()))
    if worst > HARMFUL:
        raise Wrong(f"{words}: workers are missed that are there, or not missed", SYNCHRONISE)
    if worst > NOTABLE:
        raise Doubtful(words, SYNCHRONISE)
    return words


def skew(ask: Callable[[], float]) -> float:
    """Seconds that another clock is ahead of ours, which is read before and after the question."""
    before = time.time()
    theirs = ask()
    return theirs - (before + time.time()) / 2


def _told(seconds: float) -> str:
    return f"{abs(seconds):.3f} s {'behind' if seconds > 0 else 'ahead of'}"


def _server_time() -> float:
    try:
        with server.asking() as client:
            client.ping()  # the connection is made before the clocks are compared
            seconds, millionths = client.time()
    except Wrong as wrong:
        raise Doubtful(
            "It cannot be told without Redis or Valkey", "Mend that first; its own line says how."
        ) from wrong
    return float(seconds) + float(millionths) / 1e6


def _database_time() -> float:
    with database.asking(), connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        return float(cursor.fetchone()[0])
